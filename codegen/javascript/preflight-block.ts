// A block of a preflight run as JavaScript: each instruction accesses registers and memory at its timestamps and writes its
// record. Where in the arenas records go, and when accesses are, is constant from the block's start on.
// Reference: openvm:extensions/rv32im/circuit/src/{adapters,*/core.rs}, v1.4.0.
//
//   D words of all arenas   U, E words used of each AIR's arena, and where it ends   S[0] clock
//   R registers   T words of the registers' metadata   A first touches and memory   H faults, jumps, arenas that are full

import { HIGH } from '../../runtime/layout.ts';
import type { RecordLayout } from '../../runtime/openvm/record-layout.ts';
import { NO_POINTER, RECORDS, type RecordedAir } from '../../runtime/openvm/records.ts';
import type { Instruction } from '../isa/instruction.ts';
import { simplifyEffect } from '../isa/simplify.ts';
import { choose, id, num } from './estree.ts';
import { FOLDED, type Leaves, lower, lowerCond, type Word } from './lower.ts';
import { print } from './print.ts';

/** What a block's text may name besides its parameters. */
export const PREFLIGHT_NAMES: readonly string[] = ['imul', 'mulh32', 'mulhu32', 'mulhsu32'];

/** An instruction with what OpenVM makes of it. */
export interface PreflightInstruction {
  readonly form: RecordedAir;
  /** Number of the AIR. */
  readonly air: number;
  /** Of its class, from 0. */
  readonly localOpcode: number;
  /** a to g. */
  readonly operands: readonly number[];
  readonly instruction: Instruction;
  readonly pc: number;
}

/** Forms that are text; the others are the host's. */
export type EmittedForm = Exclude<RecordedAir, 'HintStore'>;

/** Timestamps that an instruction takes. */
const TIMES: Readonly<Record<EmittedForm, number>> = {
  ...{ BaseAlu: 3, LessThan: 3, Shift: 3, Mul: 3, MulH: 3, DivRem: 3, LoadStore: 3, LoadSignExtend: 3 },
  ...{ BranchEqual: 2, BranchLessThan: 2, JalLui: 1, Jalr: 2, Auipc: 1, Phantom: 1 },
};
/** The word of metadata of a block of 4 cells is a time and this. */
const SIZE_4 = 3;
const SIZE_SHIFT = 29;
const TIME_MASK: number = 2 ** SIZE_SHIFT - 1;
const PUBLIC_VALUES = 3;

type Value = number | string;

const leaf = (name: string): Word => ({ lo: id(name), hi: num(0), known: 0 });

class BlockWriter {
  readonly #lines: string[] = [];
  /** Words that records of each AIR take so far. */
  readonly #words = new Map<number, number>();
  #time = 0;
  #names = 0;

  /** `time` after the block's start. */
  #at(time: number): string {
    return `c + ${this.#time + time}`;
  }

  #name(value: string): string {
    const name = `v${this.#names++}`;
    this.#lines.push(`const ${name} = ${value};`);
    return name;
  }

  /** Accesses a register: when it was before. */
  #touch(register: number, time: number): string {
    const name = `p${this.#names++}`;
    const now = this.#at(time);
    this.#lines.push(
      `let ${name} = T[${register}];`,
      `if (${name} >>> ${SIZE_SHIFT} === ${SIZE_4}) { T[${register}] = ${now} | ${SIZE_4 * 2 ** SIZE_SHIFT}; ${name} &= ${TIME_MASK}; }`,
      `else ${name} = A.register(${register}, ${now});`,
    );
    return name;
  }

  #read(register: number): string {
    return this.#name(`R[${register}]`);
  }

  /** Writes a register: when it was accessed before, and what was there. */
  #write(register: number, value: Value, time: number): { rd_prev_timestamp: string; rd_prev_data: string } {
    const rd_prev_timestamp = this.#touch(register, time);
    const rd_prev_data = this.#read(register);
    this.#lines.push(`R[${register}] = ${value};`);
    return { rd_prev_timestamp, rd_prev_data };
  }

  #record(air: number, form: RecordedAir, values: Readonly<Record<string, Value>>): void {
    const layout = RECORDS[form];
    const base = this.#words.get(air) ?? 0;
    this.#words.set(air, base + layout.bytes / 4);
    for (const [word, value] of packed(layout, values)) this.#lines.push(`D[w${air} + ${base + word}] = ${value};`);
  }

  add(instruction: PreflightInstruction): void {
    const { form, air, pc } = instruction;
    const values = this.#forms[form as EmittedForm](instruction);
    const from = form === 'Phantom' ? { pc, timestamp: this.#at(0) } : { from_pc: pc, from_timestamp: this.#at(0) };
    this.#record(air, form, { ...from, ...values });
    this.#time += TIMES[form as EmittedForm];
  }

  readonly #alu = ({ operands, instruction, localOpcode, pc }: PreflightInstruction): Record<string, Value> => {
    const [rd, rs1, rs2, , isRegister] = operands as [number, number, number, number, number];
    const b = this.#read(rs1 / 4);
    const rs1_prev_timestamp = this.#touch(rs1 / 4, 0);
    const c = isRegister ? this.#read(rs2 / 4) : instruction.imm;
    const rs2_prev_timestamp = isRegister ? this.#touch(rs2 / 4, 1) : 0;
    const value = this.#name(computed(instruction, b, c, pc));
    const read = { rs1_prev_timestamp, rs2_prev_timestamp, b, c, local_opcode: localOpcode };
    return { rd_ptr: rd, rs1_ptr: rs1, rs2, rs2_as: isRegister, ...read, ...this.#write(rd / 4, value, 2) };
  };

  readonly #mult = ({ operands, instruction, localOpcode, pc, form }: PreflightInstruction): Record<string, Value> => {
    const [rd, rs1, rs2] = operands as [number, number, number];
    const b = this.#read(rs1 / 4);
    const rs1_prev_timestamp = this.#touch(rs1 / 4, 0);
    const c = this.#read(rs2 / 4);
    const rs2_prev_timestamp = this.#touch(rs2 / 4, 1);
    const value = this.#name(computed(instruction, b, c, pc));
    const read = { rs1_prev_timestamp, rs2_prev_timestamp, b, c, ...(form !== 'Mul' && { local_opcode: localOpcode }) };
    return { rd_ptr: rd, rs1_ptr: rs1, rs2_ptr: rs2, ...read, ...this.#write(rd / 4, value, 2) };
  };

  readonly #branch = ({ operands, localOpcode, instruction, pc }: PreflightInstruction): Record<string, Value> => {
    const [rs1, rs2, imm] = operands as [number, number, number];
    const a = this.#read(rs1 / 4);
    const rs1_prev_timestamp = this.#touch(rs1 / 4, 0);
    const b = this.#read(rs2 / 4);
    const rs2_prev_timestamp = this.#touch(rs2 / 4, 1);
    this.#lines.push(`const taken = ${computed(instruction, a, b, pc)};`);
    return { rs1_ptr: rs1, rs2_ptr: rs2, rs1_prev_timestamp, rs2_prev_timestamp, a, b, imm, local_opcode: localOpcode };
  };

  readonly #jalLui = ({ operands, localOpcode, instruction, pc }: PreflightInstruction): Record<string, Value> => {
    const [rd, , imm, , , writes] = operands as [number, number, number, number, number, number];
    const isJal = localOpcode === 0;
    const rd_data = isJal ? pc + 4 : instruction.imm;
    const core = { imm, rd_data, is_jal: Number(isJal) };
    return { rd_ptr: writes ? rd : NO_POINTER, ...core, ...(writes && this.#write(rd / 4, rd_data, 0)) };
  };

  readonly #jalr = ({ operands, instruction, pc }: PreflightInstruction): Record<string, Value> => {
    const [rd, rs1, imm, , , writes, imm_sign] = operands as [number, number, number, number, number, number, number];
    const rs1_val = this.#read(rs1 / 4);
    const rs1_prev_timestamp = this.#touch(rs1 / 4, 0);
    this.#lines.push(`const target = ${computed(instruction, rs1_val, 0, pc)};`);
    const core = { imm, core_from_pc: pc, rs1_val, imm_sign };
    const rd_ptr = writes ? rd : NO_POINTER;
    return { rs1_ptr: rs1, rd_ptr, rs1_prev_timestamp, ...core, ...(writes && this.#write(rd / 4, pc + 4, 1)) };
  };

  readonly #auipc = ({ operands, instruction, pc }: PreflightInstruction): Record<string, Value> => {
    const [rd, , imm] = operands as [number, number, number];
    const value = this.#name(computed(instruction, 0, 0, pc));
    return { rd_ptr: rd, core_from_pc: pc, imm, ...this.#write(rd / 4, value, 0) };
  };

  readonly #phantom = ({ operands }: PreflightInstruction): Record<string, Value> => ({
    'operands.0': operands[0]!,
    'operands.1': operands[1]!,
    'operands.2': operands[2]!,
  });

  /** The address, its low bits, and the word's pointer; leaves the block where no record can be of it. */
  #address(given: PreflightInstruction, base: string, bytes: number): { shift: string; pointer: string } {
    const { instruction, pc, operands } = given;
    const address =
      operands[4] === PUBLIC_VALUES
        ? this.#name(`(${base} + ${instruction.imm}) | 0`)
        : this.#name(computed(instruction, base, 0, pc));
    const isBad = operands[4] === PUBLIC_VALUES ? `A.isBeyond(${address})` : `${address} >>> ${SIZE_SHIFT} !== 0`;
    const isOdd = bytes === 1 ? '' : `(${address} & ${bytes - 1}) !== 0 || `;
    this.#lines.push(`if (${isOdd}${isBad}) return H.fault(${pc}, ${address});`);
    return { shift: this.#name(`${address} & 3`), pointer: this.#name(`${address} & -4`) };
  }

  readonly #memory = (given: PreflightInstruction): Record<string, Value> => {
    const { operands, form, localOpcode } = given;
    const { effect } = given.instruction.row;
    const [rdRs2, rs1, imm, , mem_as, writes, imm_sign] = operands as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const rs1_val = this.#read(rs1 / 4);
    const bytes = effect.kind === 'load' || effect.kind === 'store' ? effect.bytes : 4;
    const { shift, pointer } = this.#address(given, rs1_val, bytes);
    const rs1_prev_timestamp = this.#touch(rs1 / 4, 0);
    const from = { rs1_ptr: rs1, rs1_val, rs1_prev_timestamp, imm, imm_sign, mem_as };
    const core = form === 'LoadStore' ? { local_opcode: localOpcode } : { is_byte: Number(bytes === 1) };
    const place = mem_as === PUBLIC_VALUES ? 'Public' : '';
    if (effect.kind === 'load') {
      const read_prev_timestamp = this.#name(`A.touch(${pointer}, ${this.#at(1)})`);
      const read_data = this.#name(`A.word(${pointer})`);
      const prev_data = this.#read(rdRs2 / 4);
      const value = this.#name(extracted(read_data, shift, bytes, effect.signed));
      const write = writes ? this.#write(rdRs2 / 4, value, 2).rd_prev_timestamp : 0;
      const rd_rs2_ptr = writes ? rdRs2 : NO_POINTER;
      const read = { read_prev_timestamp, rd_rs2_ptr, write_prev_timestamp: write };
      return { ...from, ...core, ...read, shift_amount: shift, read_data, prev_data };
    }
    const read_data = this.#read(rdRs2 / 4);
    const read_prev_timestamp = this.#touch(rdRs2 / 4, 1);
    const prev_data = this.#name(`A.word${place}(${pointer})`);
    const write_prev_timestamp = this.#name(`A.touch${place}(${pointer}, ${this.#at(2)})`);
    this.#lines.push(`A.setWord${place}(${pointer}, ${merged(prev_data, read_data, shift, bytes)});`);
    const read = { read_prev_timestamp, rd_rs2_ptr: rdRs2, write_prev_timestamp };
    return { ...from, ...core, ...read, shift_amount: shift, read_data, prev_data };
  };

  readonly #forms: Readonly<Record<EmittedForm, (given: PreflightInstruction) => Readonly<Record<string, Value>>>> = {
    ...{ BaseAlu: this.#alu, LessThan: this.#alu, Shift: this.#alu },
    ...{ Mul: this.#mult, MulH: this.#mult, DivRem: this.#mult },
    ...{ BranchEqual: this.#branch, BranchLessThan: this.#branch },
    ...{ LoadStore: this.#memory, LoadSignExtend: this.#memory },
    ...{ JalLui: this.#jalLui, Jalr: this.#jalr, Auipc: this.#auipc, Phantom: this.#phantom },
  };

  /** The function's text; `next` gives the slot to go on at. */
  text(next: string): string {
    const arenas = [...this.#words];
    const begin = arenas.flatMap(([air, words]) => [
      `const w${air} = U[${air}];`,
      `if (w${air} + ${words} > E[${air}]) return H.full(${air});`,
    ]);
    const end = arenas.map(([air, words]) => `U[${air}] = w${air} + ${words};`);
    const clock = ['const c = S[0];', `S[0] = c + ${this.#time};`] as const;
    const lines = [...begin, clock[0], ...this.#lines, ...end, clock[1], `return ${next};`];
    return `(D, U, E, S, R, T, A, H) => {\n${lines.join('\n')}\n}`;
  }
}

/** What the row computes of these operands: its result, its target, its address, or whether it jumps. */
function computed({ row, imm }: Instruction, rs1: Value, rs2: Value, pc: number): string {
  const [x, y] = [rs1, rs2].map(value => (typeof value === 'number' ? BigInt(value) : undefined));
  const effect = simplifyEffect(row.effect, { rs1: x, rs2: y, imm: BigInt(imm), pc: BigInt(pc) });
  const of = (value: Value): Word => (typeof value === 'string' ? leaf(value) : FOLDED);
  const leaves: Leaves = { rs1: of(rs1), rs2: of(rs2), imm: FOLDED, pc: FOLDED, temporary: e => e };
  switch (effect.kind) {
    case 'branch':
      return print(choose(lowerCond(effect.taken, leaves), num(1), num(0)));
    case 'write':
      return print(lower(effect.value, leaves, false).lo);
    case 'load':
    case 'store':
      return print(lower(effect.address, leaves, false).lo);
    case 'jump':
      return print(lower(effect.target, leaves, false).lo);
    default:
      return '0';
  }
}

function extracted(word: string, shift: string, bytes: number, signed: boolean): string {
  if (bytes === 4) return word;
  const up = 32 - 8 * bytes;
  const part = `${word} >>> (${shift} << 3) << ${up}`;
  return signed ? `${part} >> ${up}` : `${part} >>> ${up}`;
}

function merged(before: string, value: string, shift: string, bytes: number): string {
  if (bytes === 4) return value;
  const mask = 2 ** (8 * bytes) - 1;
  return `(${before} & ~(${mask} << (${shift} << 3))) | ((${value} & ${mask}) << (${shift} << 3))`;
}

/** The words of a record: fields that share one are put together. A list of bytes is one number, of words each byte of it. */
function packed(layout: RecordLayout, values: Readonly<Record<string, Value>>): [word: number, value: Value][] {
  const words = new Map<number, Value[]>();
  const put = (offset: number, bits: number, value: Value): void => {
    const word = Math.floor(offset / 4);
    const shift = 8 * (offset % 4);
    words.set(word, [...(words.get(word) ?? []), shifted(value, shift)]);
    if (shift + bits > 32) words.set(word + 1, [...(words.get(word + 1) ?? []), shifted(value, shift - 32)]);
  };
  for (const [name, { offset, stride, isList, count, bits }] of layout.fields) {
    const value = values[name];
    if (isList && value === undefined)
      for (let i = 0; i < count; i++) put(offset + i * stride, bits, values[`${name}.${i}`]!);
    else if (isList && stride === 4) for (let i = 0; i < count; i++) put(offset + 4 * i, 8, byteOf(value!, i));
    else put(offset, isList ? 32 : bits, value ?? 0);
  }
  const sum = (parts: readonly Value[]): Value => {
    const constant = parts.reduce<number>((all, part) => (typeof part === 'number' ? all | part : all), 0);
    const others = parts.filter(part => typeof part === 'string').map(part => `(${part})`);
    if (others.length === 0) return constant;
    return [...others, ...(constant === 0 ? [] : [constant])].join(' | ');
  };
  return [...words].map(([word, parts]): [number, Value] => [word, sum(parts)]).filter(([, value]) => value !== 0);
}

function shifted(value: Value, by: number): Value {
  if (typeof value === 'number') return by < 0 ? (value | 0) >>> -by : ((value | 0) << by) | 0;
  if (by === 0) return value;
  return by < 0 ? `${value} >>> ${-by}` : `${value} << ${by}`;
}

const byteOf = (value: Value, i: number): Value =>
  typeof value === 'number' ? (value >>> (8 * i)) & 255 : `(${value} >>> ${8 * i}) & 255`;

export interface PreflightBlock {
  readonly text: string;
  /** Timestamps and instructions that it takes. */
  readonly instructions: number;
}

/** Where a block's last instruction goes on: slots, or what the host finds at an address. */
function nextOf({ form, instruction, pc, localOpcode }: PreflightInstruction, slotAt: (pc: number) => number): string {
  const at = (address: number): string => {
    const slot = slotAt(address % HIGH);
    return slot >= 0 ? String(slot) : `H.slotOf(${address | 0})`;
  };
  if (form === 'Jalr') return 'H.slotOf(target)';
  if (form === 'JalLui' && localOpcode === 0) return at(pc + instruction.imm);
  if (form === 'BranchEqual' || form === 'BranchLessThan') return `taken ? ${at(pc + instruction.imm)} : ${at(pc + 4)}`;
  return at(pc + 4);
}

/** A function of a block's instructions, the last of which may jump. */
export function emitPreflightBlock(
  instructions: readonly PreflightInstruction[],
  slotAt: (pc: number) => number,
): PreflightBlock {
  const writer = new BlockWriter();
  for (const instruction of instructions) writer.add(instruction);
  return { text: writer.text(nextOf(instructions.at(-1)!, slotAt)), instructions: instructions.length };
}
