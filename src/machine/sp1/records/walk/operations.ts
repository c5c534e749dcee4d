// The instructions of a program as a walk over its chunks sees them: an operation per row, for results that x0 takes, and
// for the last place of a page of 64 KiB, where going on changes pc's upper limbs.

import { isa, type Row } from '../../../../../codegen/isa/index.ts';
import type { Instruction } from '../../../../../codegen/isa/instruction.ts';
import { opReads, writesRd } from '../../../../../codegen/isa/summary.ts';
import type { CountOperation } from '../../../../../codegen/wasm/walk/count-walk.ts';
import { ARGUMENTS, T0 } from '../../abi.ts';
import { CHIP_NAMES } from '../chips.ts';
import { chipOf } from '../opcode-chips.ts';

/** SP1's chips hold 16 bits of the pc in one place. */
const PC_EPOCH = 2 ** 16;
const [A0, A1] = ARGUMENTS;

export interface ChipOperation extends CountOperation {
  /** Going on at the next instruction crosses pages. */
  readonly isCrossing: boolean;
  /** Index of its chip in CHIP_NAMES. */
  readonly chip: number;
}

const isControl = (row: Row): boolean => row.effect.kind === 'branch' || row.effect.kind === 'jump';
export const isHosts = (row: Row): boolean => ['ecall', 'ebreak', 'fence'].includes(row.effect.kind);

function operationsOf(row: Row): ChipOperation[] {
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
export const OPERATIONS: readonly ChipOperation[] = numberTallies(isa('rv64im').rows.flatMap(operationsOf));

function numberTallies(operations: readonly ChipOperation[]): readonly ChipOperation[] {
  const keys = [...new Set(operations.map(o => `${o.chip} ${o.isCrossing}`))];
  return operations.map(o => ({ ...o, tally: keys.indexOf(`${o.chip} ${o.isCrossing}`) }));
}

/** Chip and crossing of each tally. */
export const TALLIES: readonly Pick<ChipOperation, 'chip' | 'isCrossing'>[] = (() => {
  const tallies: ChipOperation[] = [];
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
