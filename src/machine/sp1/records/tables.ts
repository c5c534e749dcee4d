// The events of the tables: the program with how often each instruction was executed, and the byte tables with how often
// each row was asked for.
// Reference: sp1:crates/core/machine/src/{program,bytes,range}, SP1 6.4.0.

import { writeEvent } from '../../../../codegen/chips/event.ts';
import { RANGE_SLOT } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { makeDecoder } from '../../../../codegen/isa/decode.ts';
import { isa } from '../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../codegen/isa/instruction.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { ARGUMENTS, T0 } from '../abi.ts';
import { BYTE_ROWS, ceil32, RANGE_ROWS } from './chips.ts';
import { opcodeNumber, sourcesOf } from './record-operations.ts';

const MAX_BITS = 16;
/** EBREAK and what decodes but is not implemented. */
const EBREAK = 51;
const UNIMPLEMENTED = 52;
const [A0, A1] = [BigInt(ARGUMENTS[0]), BigInt(ARGUMENTS[1])];

type ProgramEvent = Readonly<Record<'opcode' | 'op_a' | 'op_b' | 'op_c' | 'imm_b' | 'imm_c', bigint>>;

const NOTHING = { op_a: 0n, op_b: 0n, op_c: 0n, imm_b: 0n, imm_c: 0n };

/** An instruction as SP1's program has it. */
function operandsOf(instruction: Instruction | undefined): ProgramEvent {
  const kind = instruction?.row.effect.kind;
  if (instruction === undefined || kind === 'fence') {
    return { ...NOTHING, opcode: BigInt(UNIMPLEMENTED), imm_b: 1n, imm_c: 1n };
  }
  if (kind === 'ebreak') return { ...NOTHING, opcode: BigInt(EBREAK) };
  const { row, rd, rs1, rs2, imm } = instruction;
  const opcode = BigInt(opcodeNumber(row));
  if (kind === 'ecall') return { ...NOTHING, opcode, op_a: BigInt(T0), op_b: A0, op_c: A1 };
  const { a, b, c } = sourcesOf(row);
  const registers = { rd, rs1, rs2 };
  const value = (source: typeof b | typeof c): bigint => {
    if (source === 'zero') return 0n;
    return source === 'imm' ? BigInt.asUintN(64, BigInt(imm)) : BigInt(registers[source]);
  };
  const isImmediate = (source: typeof b | typeof c): bigint => (source === 'imm' || source === 'zero' ? 1n : 0n);
  return {
    opcode,
    op_a: BigInt(registers[a]),
    op_b: value(b),
    op_c: value(c),
    imm_b: isImmediate(b),
    imm_c: isImmediate(c),
  };
}

/** Structs of the Program chip, padding included; the executions of a shard go into them. */
export class ProgramTable {
  readonly events: Uint8Array<ArrayBuffer>;
  /** u32 at the same place of each event. */
  readonly #counts: DataView;
  readonly #stride: number;
  readonly #offset: number;

  constructor({ textBase, text }: Program) {
    const chip = sp1Chip('Program');
    const decode = makeDecoder(isa('rv64im'));
    const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    const slots = text.length >>> 2;
    const { bytes, fields } = chip.event;
    const rows = Math.max(16, ceil32(slots));
    this.events = new Uint8Array(rows * bytes);
    this.#stride = bytes;
    this.#offset = fields.get('count')!.offset;
    this.#counts = new DataView(this.events.buffer);
    for (let row = 0; row < rows; row++) {
      // Padding repeats the first instruction.
      const slot = row < slots ? row : 0;
      const operands = operandsOf(decode(view.getInt32(4 * slot, true)));
      writeEvent(chip.event, { ...operands, pc: BigInt(textBase + 4 * slot), count: 0n }, this.#counts, row * bytes);
    }
  }

  /** Undefined: nothing was executed. */
  setExecutions(executions: Uint32Array | undefined): void {
    for (let slot = 0, at = this.#offset; slot < this.events.length / this.#stride; slot++, at += this.#stride) {
      this.#counts.setUint32(at, executions?.[slot] ?? 0, true);
    }
  }
}

/** Structs of the Byte chip from the multiplicities of lookups. */
export function byteEvents(counts: Uint32Array): Uint8Array {
  const { bytes, fields } = sp1Chip('Byte').event;
  const events = new DataView(new ArrayBuffer(BYTE_ROWS * bytes));
  const [row, list] = [fields.get('row')!, fields.get('counts')!];
  for (let i = 0; i < BYTE_ROWS; i++) {
    events.setUint16(i * bytes + row.offset, i, true);
    for (let operation = 0; operation < list.count; operation++) {
      events.setUint32(i * bytes + list.offset + operation * list.stride, counts[operation * BYTE_ROWS + i]!, true);
    }
  }
  return new Uint8Array(events.buffer);
}

/** Structs of the Range chip. */
export function rangeEvents(counts: Uint32Array): Uint8Array {
  const { bytes, fields } = sp1Chip('Range').event;
  const events = new DataView(new ArrayBuffer(RANGE_ROWS * bytes));
  const [a, bits, count] = [fields.get('a')!, fields.get('bits')!, fields.get('count')!];
  for (let n = 0; n <= MAX_BITS; n++) {
    for (let i = 0; i < 2 ** n; i++) {
      const at = (2 ** n + i) * bytes;
      events.setUint16(at + a.offset, i, true);
      events.setUint8(at + bits.offset, n);
      events.setUint32(at + count.offset, counts[RANGE_SLOT + 2 ** n + i]!, true);
    }
  }
  return new Uint8Array(events.buffer);
}

const U8 = 3;

/** What public values look up, besides the rows of chips. */
export function countPublicValues(counts: Uint32Array, values: readonly number[]): void {
  const u8 = (b: number, c: number): void => {
    counts[U8 * BYTE_ROWS + 256 * b + c]!++;
  };
  const range = (a: number, n: number): void => {
    counts[RANGE_SLOT + 2 ** n + a]!++;
  };
  for (const at of [113, 117]) {
    const [upper, high, middle, low] = values.slice(at, at + 4) as [number, number, number, number];
    u8(high, middle);
    range(upper, 16);
    range((low - 1) / 8, 13);
  }
  for (const at of [0, 32]) for (let i = 0; i < 32; i += 2) u8(values[at + i]!, values[at + i + 1]!);
  for (const at of [80, 83, 89, 92, 95, 98]) for (let i = 0; i < 3; i++) range(values[at + i]!, 16);
}
