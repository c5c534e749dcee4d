// A block of a preflight run as JavaScript, for code that is not hot: each instruction accesses registers and memory at its timestamps and
// writes its record. Where records go, and when accesses are, is constant from the block's start on.
//
//   D the memory of runtime/openvm/preflight-layout.ts as words   U, E of each AIR's arena: its tail and its end   S[0] clock
//   R registers, two words each   T times of registers   A first touches and memory   H faults, jumps, arenas that are full

import { HIGH } from '../../runtime/layout.ts';
import { ACCESSED } from '../../runtime/openvm/preflight-layout.ts';
import type { RecordLayout } from '../../runtime/openvm/record-layout.ts';
import { RECORDS, type RecordedAir } from '../../runtime/openvm/records.ts';
import type { Instruction } from '../isa/instruction.ts';
import { simplifyEffect } from '../isa/simplify.ts';
import {
  type AccessedWord,
  type PreflightInstruction,
  type RecordPrinter,
  type RecordValues,
  recordOf,
  timesOf,
} from '../preflight/forms.ts';
import { choose, id, num } from './estree.ts';
import { FOLDED, type LeafWords, lower, lowerCond, type WordHalves } from './lower.ts';
import { print } from './print.ts';

/** What a block's text may name besides its parameters. */
export const PREFLIGHT_NAMES: readonly string[] = ['imul', 'mulh32', 'mulhu32', 'mulhsu32'];

const TIME_MASK = 2 ** 29 - 1;
const POINTER_SHIFT = 29;

type Value = number | string;

const leaf = (name: string): WordHalves => ({ lo: id(name), hi: num(0), known: 0 });

class BlockWriter implements RecordPrinter<string> {
  readonly #lines: string[] = [];
  /** Words that records of each AIR take so far. */
  readonly #words = new Map<number, number>();
  #time = 0;
  #names = 0;

  at(time: number): string {
    return `c + ${this.#time + time}`;
  }

  #name(value: Value): string {
    const name = `v${this.#names++}`;
    this.#lines.push(`const ${name} = ${value};`);
    return name;
  }

  touch(register: number, time: number): string {
    const before = this.#name(`T[${register}]`);
    this.#lines.push(`if (${before} === 0) A.touchRegister(${register});`);
    this.#lines.push(`T[${register}] = ${this.#accessedAt(time)};`);
    return `${before} & ${TIME_MASK}`;
  }

  #accessedAt(time: number): string {
    return `c + ${this.#time + time} | ${ACCESSED}`;
  }

  read(register: number): string {
    return this.#name(`R[${2 * register}]`);
  }

  set(register: number, value: Value): void {
    this.#lines.push(`R[${2 * register}] = ${value};`);
  }

  result({ instruction, pc }: PreflightInstruction, rs1: Value, rs2: Value): string {
    return this.#name(computed(instruction, rs1, rs2, pc));
  }

  branch({ instruction, pc }: PreflightInstruction, rs1: Value, rs2: Value): void {
    this.#lines.push(`const taken = ${computed(instruction, rs1, rs2, pc)};`);
  }

  jump({ instruction, pc }: PreflightInstruction, rs1: Value): void {
    this.#lines.push(`const target = ${computed(instruction, rs1, 0, pc)};`);
  }

  address(
    { instruction, pc }: PreflightInstruction,
    base: Value,
    bytes: number,
    isPublic: boolean,
  ): AccessedWord<string> {
    const address = this.#name(isPublic ? `(${base} + ${instruction.imm}) | 0` : computed(instruction, base, 0, pc));
    const isBad = isPublic ? `A.isBeyond(${address})` : `${address} >>> ${POINTER_SHIFT} !== 0`;
    const isOdd = bytes === 1 ? '' : `(${address} & ${bytes - 1}) !== 0 || `;
    this.#lines.push(`if (${isOdd}${isBad}) return H.fault(${pc}, ${address});`);
    return { shift: this.#name(`${address} & 3`), pointer: this.#name(`${address} & -4`), bytes, isPublic };
  }

  touchMemory({ pointer, isPublic }: AccessedWord<string>, time: number): string {
    return this.#name(`A.touch${isPublic ? 'Public' : ''}(${pointer}, ${this.#accessedAt(time)})`);
  }

  word({ pointer, isPublic }: AccessedWord<string>): string {
    return this.#name(`A.word${isPublic ? 'Public' : ''}(${pointer})`);
  }

  loaded({ instruction }: PreflightInstruction, { shift, bytes }: AccessedWord<string>, word: string): string {
    const { effect } = instruction.row;
    return this.#name(extracted(word, shift, bytes, effect.kind === 'load' && effect.signed));
  }

  store({ pointer, shift, bytes, isPublic }: AccessedWord<string>, before: string, value: Value): void {
    const place = isPublic ? 'Public' : '';
    this.#lines.push(`A.setWord${place}(${pointer}, ${merged(before, String(value), shift, bytes)});`);
  }

  #record(air: number, form: RecordedAir, values: RecordValues<string>): void {
    const layout = RECORDS[form];
    const base = this.#words.get(air) ?? 0;
    this.#words.set(air, base + layout.bytes / 4);
    for (const [word, value] of packed(layout, values)) this.#lines.push(`D[w${air} + ${base + word}] = ${value};`);
  }

  add(instruction: PreflightInstruction): void {
    this.#record(instruction.air, instruction.form, recordOf(this, instruction));
    this.#time += timesOf(instruction);
  }

  /** The function's text; `next` gives the slot to go on at. */
  text(next: string): string {
    const arenas = [...this.#words];
    const begin = arenas.flatMap(([air, words]) => [
      `const w${air} = U[${air}] >>> 2;`,
      `if (w${air} + ${words} > E[${air}] >>> 2) return H.full(${air});`,
    ]);
    const end = arenas.map(([air, words]) => `U[${air}] = w${air} + ${words} << 2;`);
    const clock = ['const c = S[0];', `S[0] = c + ${this.#time};`] as const;
    const lines = [...begin, clock[0], ...this.#lines, ...end, clock[1], `return ${next};`];
    return `(D, U, E, S, R, T, A, H) => {\n${lines.join('\n')}\n}`;
  }
}

/** What the row computes of these operands: its result, its target, its address, or whether it jumps. */
function computed({ row, imm }: Instruction, rs1: Value, rs2: Value, pc: number): string {
  const [x, y] = [rs1, rs2].map(value => (typeof value === 'number' ? BigInt(value) : undefined));
  const effect = simplifyEffect(row.effect, { rs1: x, rs2: y, imm: BigInt(imm), pc: BigInt(pc) });
  const of = (value: Value): WordHalves => (typeof value === 'string' ? leaf(value) : FOLDED);
  const leaves: LeafWords = { rs1: of(rs1), rs2: of(rs2), imm: FOLDED, pc: FOLDED, temporary: e => e };
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
function packed(layout: RecordLayout, values: RecordValues<string>): [word: number, value: Value][] {
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
  return [...words].map(([word, parts]): [number, Value] => [word, sum(parts)]);
}

function shifted(value: Value, by: number): Value {
  if (typeof value === 'number') return by < 0 ? (value | 0) >>> -by : ((value | 0) << by) | 0;
  if (by === 0) return value;
  return by < 0 ? `(${value}) >>> ${-by}` : `(${value}) << ${by}`;
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
