// The verb: runs a guest of OpenVM and says what its proof would cost: rows and cells by AIR, by segment, by function.

import { demangle } from '../../codegen/demangle/demangle.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { AIRS } from '../machine/openvm/airs.ts';
import { InstructionRows } from '../machine/openvm/metering/instruction-rows.ts';
import { asResult, type RunJson } from '../result.ts';
import { jsonOf } from './execute.ts';
import { type PlannedSegment, type PlanOptions, type PlanResult, planMetered } from './plan.ts';

export type CostSegmentsOptions = PlanOptions;

/** Rows as metered: of instructions exactly those that they take, of the others at least. */
export interface AirCost {
  readonly name: string;
  readonly rows: number;
  /** Rows times all columns: of the program, preprocessed, own, and of the permutation. */
  readonly cells: number;
}

export interface SegmentCost extends Pick<PlannedSegment, 'instretStart' | 'instructions' | 'reason'> {
  readonly index: number;
  readonly cells: number;
  readonly chips: readonly AirCost[];
}

/** Cells of instructions by the function that they are in; what memory and hints cost is of no function. */
export interface SegmentFunctionCost {
  readonly function: string;
  readonly instructions: number;
  readonly cells: number;
}

export interface SegmentsCost {
  /** OpenVM's metered cost: cells of the rows of instructions. */
  readonly cost: number;
  /** Of all segments. */
  readonly cells: number;
  readonly chips: readonly AirCost[];
  readonly segments: readonly SegmentCost[];
  readonly byFunction: readonly SegmentFunctionCost[];
}

export interface CostSegmentsResult extends PlanResult {
  readonly costs: SegmentsCost;
  /** The object of `execute`, and what the proof would cost. */
  toJSON(): RunJson & SegmentsCost;
}

/**
 * Runs a guest of OpenVM in metered mode. Of a run that does not end by itself, what the segments cost that were cut.
 * @throws JitExecError where it is of another machine
 */
export function costSegments(bytes: Uint8Array, options: CostSegmentsOptions = {}): CostSegmentsResult {
  const { result, program, text, counts } = planMetered(bytes, { ...options, countMemory: true });
  const segments = result.segments.map(segmentCost);
  const costs: SegmentsCost = {
    cost: result.cost,
    cells: segments.reduce((sum, { cells }) => sum + cells, 0),
    chips: totals(segments),
    segments,
    byFunction: byFunction(text, counts, pc => demangle(program.symbolAt(pc)?.name ?? 'unknown')),
  };
  return asResult({ ...result, costs }, () => ({ ...jsonOf(result, bytes, options.inputs), ...costs }));
}

function segmentCost({ instretStart, instructions, reason, heights }: PlannedSegment, index: number): SegmentCost {
  const chips = AIRS.flatMap(({ name, width }): AirCost[] => {
    const rows = heights[name] ?? 0;
    return rows === 0 ? [] : [{ name, rows, cells: rows * width }];
  });
  return { index, instretStart, instructions, reason, cells: chips.reduce((sum, { cells }) => sum + cells, 0), chips };
}

/** By AIR, in the order of the machine. */
function totals(segments: readonly SegmentCost[]): AirCost[] {
  const all = segments.flatMap(({ chips }) => chips);
  return AIRS.flatMap(({ name, width }): AirCost[] => {
    const rows = all.reduce((sum, one) => sum + (one.name === name ? one.rows : 0), 0);
    return rows === 0 ? [] : [{ name, rows, cells: rows * width }];
  });
}

/** Those with most cells first. */
function byFunction(text: GuestText, counts: ArrayLike<number>, nameAt: (pc: number) => string): SegmentFunctionCost[] {
  const rows = new InstructionRows(text);
  const sums = new Map<string, { instructions: number; cells: number }>();
  for (let slot = 0; slot < text.slots; slot++) {
    const count = counts[slot]!;
    if (count === 0) continue;
    const name = nameAt(text.base + 4 * slot);
    const sum = sums.get(name) ?? { instructions: 0, cells: 0 };
    const air = rows.airAt(slot);
    sum.instructions += count;
    sum.cells += air === undefined ? 0 : count * AIRS[air]!.width;
    sums.set(name, sum);
  }
  return [...sums].map(([name, sum]) => ({ function: name, ...sum })).sort((a, b) => b.cells - a.cells);
}
