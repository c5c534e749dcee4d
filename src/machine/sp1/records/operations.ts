// The instructions of a program as a walk over its chunks sees them: an operation per row, for results that x0 takes, and
// for the last place of a page of 64 KiB, where going on changes pc's upper limbs.

import { OPCODE } from '../../../../codegen/chips/sp1/air.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { isa, type Row } from '../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../codegen/isa/instruction.ts';
import { opReads, writesRd } from '../../../../codegen/isa/summary.ts';
import { POSITION, type RecordOperation } from '../../../../codegen/wasm/walk/emit-record.ts';
import type { WalkOperation } from '../../../../codegen/wasm/walk/emit-walk.ts';
import { type OperandSources, PADDING } from '../../../../codegen/wasm/walk/event-fields.ts';
import { opcodeOf } from '../report/gas.ts';
import { CHIP_NAMES, chipOf } from './chips.ts';

/** SP1's chips hold 16 bits of the pc in one place. */
const PC_EPOCH = 2 ** 16;
const T0 = 5;
const A0 = 10;
const A1 = 11;

export interface Operation extends WalkOperation {
  /** Going on at the next instruction crosses pages. */
  readonly isCrossing: boolean;
  /** Index of its chip in CHIP_NAMES. */
  readonly chip: number;
}

const isControl = (row: Row): boolean => row.effect.kind === 'branch' || row.effect.kind === 'jump';
const isHosts = (row: Row): boolean => ['ecall', 'ebreak', 'fence'].includes(row.effect.kind);

function operationsOf(row: Row): Operation[] {
  if (isHosts(row)) return [];
  const sinks = writesRd(row) ? [false, true] : [true];
  const crossings = isControl(row) ? [false] : [false, true];
  return sinks.flatMap(isSink =>
    crossings.map(isCrossing => ({
      row,
      isSink,
      isCrossing,
      chip: CHIP_NAMES.indexOf(chipOf(row, isSink ? 0 : 1)),
      tally: 0,
    })),
  );
}

/** All of them; the tallies are numbered by chip, crossings apart. */
export const OPERATIONS: readonly Operation[] = numberTallies(isa('rv64im').rows.flatMap(operationsOf));

function numberTallies(operations: readonly Operation[]): readonly Operation[] {
  const keys = [...new Set(operations.map(o => `${o.chip} ${o.isCrossing}`))];
  return operations.map(o => ({ ...o, tally: keys.indexOf(`${o.chip} ${o.isCrossing}`) }));
}

/** Chip and crossing of each tally. */
export const TALLIES: readonly Pick<Operation, 'chip' | 'isCrossing'>[] = (() => {
  const tallies: Operation[] = [];
  for (const operation of OPERATIONS) tallies[operation.tally] ??= operation;
  return tallies;
})();

/** Most area that one instruction of a chip among OPERATIONS adds by itself. */
export const OPERATION_CHIPS: readonly number[] = [...new Set(OPERATIONS.map(({ chip }) => chip))];

const NUMBERS = new Map(OPERATIONS.map((o, i) => [`${o.row.index} ${o.isSink} ${o.isCrossing}`, i]));

/** Index in OPERATIONS of an instruction at `pc`, or -1 where the host does it. */
export function operationAt({ row, rd }: Instruction, pc: number): number {
  const isSink = !writesRd(row) || rd === 0;
  const isCrossing = !isControl(row) && (pc + 4) % PC_EPOCH === 0;
  return NUMBERS.get(`${row.index} ${isSink} ${isCrossing}`) ?? -1;
}

/** Registers that an instruction accesses, as bits: x0 too where it is named. */
export function registersOf({ row, rd, rs1, rs2 }: Instruction): number {
  if (row.effect.kind === 'ecall') return (1 << T0) | (1 << A0) | (1 << A1);
  const reads = opReads(row);
  return (writesRd(row) ? 1 << rd : 0) | (reads.rs1 ? 1 << rs1 : 0) | (reads.rs2 ? 1 << rs2 : 0);
}

/** Registers that an instruction accesses, in order, with the clk of that less the instruction's. */
export function accessesOf({ row, ...registers }: Instruction): readonly (readonly [register: number, clk: number])[] {
  if (isHosts(row)) return [];
  const sources = sourcesOf(row);
  return (['c', 'b', 'a'] as const).flatMap(operand => {
    const field = sources[operand];
    return field === 'imm' || field === 'zero' ? [] : [[registers[field], POSITION[operand]] as const];
  });
}

/** The list of each operation's events is its chip's; the layout is that of the chip's event. */
function recordOperations(): readonly RecordOperation[] {
  return OPERATIONS.map(operation => {
    const { event } = sp1Chip(CHIP_NAMES[operation.chip]!);
    const fields = [...event.fields].map(([name, { offset, stride }]) => ({
      name,
      offset,
      bytes: stride as 1 | 2 | 4 | 8,
    }));
    const end = Math.max(...fields.map(({ offset, bytes }) => offset + bytes));
    const padding = Array.from({ length: event.bytes - end }, (_, i) => ({
      name: PADDING,
      offset: end + i,
      bytes: 1 as const,
    }));
    return {
      ...operation,
      list: operation.chip,
      eventBytes: event.bytes,
      fields: [...fields, ...padding],
      sources: sourcesOf(operation.row),
      opcode: opcodeNumber(operation.row),
      crossing: operation.isCrossing,
    };
  });
}

export const opcodeNumber = (row: Row): number => OPCODE[opcodeOf(row.mnemonic) as keyof typeof OPCODE];

/** Where SP1's op_a, op_b and op_c are: of a store, the value first; of a branch, both that it compares. */
export function sourcesOf(row: Row): OperandSources {
  const { kind } = row.effect;
  if (kind === 'store') return { a: 'rs2', b: 'rs1', c: 'imm' };
  if (kind === 'branch') return { a: 'rs1', b: 'rs2', c: 'imm' };
  const reads = opReads(row);
  if (reads.rs2) return { a: 'rd', b: 'rs1', c: 'rs2' };
  if (reads.rs1) return { a: 'rd', b: 'rs1', c: 'imm' };
  return { a: 'rd', b: 'imm', c: kind === 'jump' ? 'zero' : 'imm' };
}

export const RECORD_OPERATIONS: readonly RecordOperation[] = recordOperations();

/** What is recorded of an instruction at `pc`; undefined where the host does it. */
export const recordOperationAt = (instruction: Instruction, pc: number): RecordOperation | undefined =>
  RECORD_OPERATIONS[operationAt(instruction, pc)];
