// What a proof of a run costs, from the shards that it is cut into and from how often each instruction was done.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { GuestText } from '../../../../codegen/program/text.ts';
import type { CycleSpan } from '../../../engine/machine.ts';
import { STACK_TOP } from '../abi.ts';
import type { Sp1Guest } from '../machine.ts';
import type { SplicedChunk } from '../records/cut/splice.ts';
import {
  cellsOfShard,
  type Shard,
  type ShardOptions,
  shardsOf,
  syscallOf,
  unfinishedShards,
} from '../records/shards.ts';
import type { LiveSplicer } from './live-splicer.ts';
import { opcodesOf } from './opcodes.ts';

export interface ChipCost {
  readonly name: string;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  readonly cells: number;
}

export interface ShardCost {
  readonly index: number;
  readonly kind: Shard['kind'];
  /** Of a precompile shard. */
  readonly syscall?: string;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly instructions?: number;
  readonly cells: number;
  readonly chips: readonly ChipCost[];
  /** SP1 cannot trace it: an access at this address. */
  readonly unprovable?: { readonly address: string };
}

/** Cells of instructions and of system calls' own rows, by the function that they are in; what memory costs is of no function. */
export interface FunctionCost {
  readonly function: string;
  readonly instructions: number;
  readonly cells: number;
}

export interface SpanCost {
  readonly span: string;
  readonly calls: number;
  readonly instructions: number;
  /** Of real rows in core shards. */
  readonly cells: number;
}

export interface Cost {
  readonly shards: readonly ShardCost[];
  readonly chips: readonly ChipCost[];
  readonly cells: number;
  /** Of a run that halted, SP1's estimate. */
  readonly gas?: number;
  readonly rawGas?: number;
  readonly opcodes: Readonly<Record<string, number>>;
  readonly byFunction: readonly FunctionCost[];
  readonly bySpan: readonly SpanCost[];
  /** Bytes of doublewords that were accessed, from the lowest of the stack to its top, and above the image. */
  readonly peaks: { readonly guestBytes: number; readonly heapBytes: number; readonly stackBytes: number };
}

interface Ended {
  readonly exit: { readonly kind: string };
  readonly clk?: number;
  readonly cycleSpans?: readonly CycleSpan[];
}

export function costOf(
  { elf, program }: Sp1Guest,
  text: GuestText,
  splicer: LiveSplicer,
  pieces: SplicedChunk,
  { exit, clk, cycleSpans = [] }: Ended,
  options: ShardOptions,
): Cost {
  const run = { elf, program, chunks: [pieces], clk: clk! };
  const isHalted = exit.kind === 'halted';
  const shards = isHalted ? shardsOf(run, options) : unfinishedShards(run, true);
  const opcodes = opcodesOf(text, splicer.executions);
  const imageEnd = Math.max(...elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  return {
    shards: shards.map(shardCost),
    chips: totals(shards),
    cells: shards.reduce((sum, shard) => sum + cellsOfShard(shard), 0),
    ...(isHalted ? splicer.gas.total : {}),
    opcodes: Object.fromEntries([...opcodes].sort(([, a], [, b]) => b - a)),
    byFunction: byFunction(program, text, splicer),
    bySpan: bySpan(cycleSpans),
    peaks: peaksOf(splicer, imageEnd),
  };
}

const chipCost = ({ name, rows, realRows }: Shard['chips'][number]): ChipCost => ({
  name,
  rows,
  realRows,
  cells: rows * AREA[name],
});

const shardCost = (shard: Shard): ShardCost => ({
  index: shard.index,
  kind: shard.kind,
  ...(syscallOf(shard) === undefined ? {} : { syscall: syscallOf(shard)! }),
  clkStart: shard.clkStart,
  clkEnd: shard.clkEnd,
  ...(shard.splice === undefined ? {} : { instructions: shard.splice.instructions }),
  cells: cellsOfShard(shard),
  chips: shard.chips.map(chipCost),
  ...(shard.splice?.unprovable === undefined
    ? {}
    : { unprovable: { address: `0x${shard.splice.unprovable.address.toString(16)}` } }),
});

/** By chip, in the order of SP1's machine. */
function totals(shards: readonly Shard[]): readonly ChipCost[] {
  const sums = new Map<string, ChipCost>();
  for (const chip of shards.flatMap(({ chips }) => chips.map(chipCost))) {
    const sum = sums.get(chip.name) ?? { name: chip.name, rows: 0, realRows: 0, cells: 0 };
    sums.set(chip.name, {
      name: chip.name,
      rows: sum.rows + chip.rows,
      realRows: sum.realRows + chip.realRows,
      cells: sum.cells + chip.cells,
    });
  }
  const order = Object.keys(AREA);
  return [...sums.values()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Those with most cells first. */
function byFunction(program: Program, text: GuestText, { executions, costs, callCells }: LiveSplicer): FunctionCost[] {
  const sums = new Map<string, { instructions: number; cells: number }>();
  executions.forEach((count, slot) => {
    if (count === 0) return;
    const pc = text.base + 4 * slot;
    const name = program.symbolAt(pc)?.name ?? 'unknown';
    const sum = sums.get(name) ?? { instructions: 0, cells: 0 };
    sum.instructions += count;
    const isCall = text.instructionAt(slot)!.row.effect.kind === 'ecall';
    sum.cells += count * (isCall ? AREA.SyscallInstrs : costs.cells[slot]!) + (callCells.get(slot) ?? 0);
    sums.set(name, sum);
  });
  return [...sums].map(([name, sum]) => ({ function: name, ...sum })).sort((a, b) => b.cells - a.cells);
}

function bySpan(spans: readonly CycleSpan[]): SpanCost[] {
  const sums = new Map<string, { calls: number; instructions: number; cells: number }>();
  for (const { name, instructions, cells = 0 } of spans) {
    const sum = sums.get(name) ?? { calls: 0, instructions: 0, cells: 0 };
    sum.calls++;
    sum.instructions += instructions;
    sum.cells += cells;
    sums.set(name, sum);
  }
  return [...sums].map(([span, sum]) => ({ span, ...sum }));
}

function peaksOf({ memory: { count, stackLow, heapHigh } }: LiveSplicer, imageEnd: number): Cost['peaks'] {
  return {
    guestBytes: 8 * count,
    stackBytes: STACK_TOP - stackLow,
    heapBytes: Math.max(0, heapHigh - imageEnd),
  };
}
