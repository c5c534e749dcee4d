// The verb: a profiled run and budgets in, shards with the order of their folds out.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import { aggPlan, criticalPath, type FoldOp, type FoldStrategy, foldsOf } from '../fold/fold-plan.ts';
import { balancedTree, type FoldTree } from '../fold/tree.ts';
import { type Budgets, type Calibration, cellCap, peakOf } from './budget.ts';
import {
  type Cuts,
  type Excess,
  exactly,
  fewest,
  fewestLeastShared,
  longest,
  resplit,
  slicesOver,
} from './intervals.ts';
import { RESOURCES, RunCosts, roundedRows } from './run-costs.ts';
import type { OtherShard, ProfiledRun, RunProfile } from './run-profile.ts';

/** Of more slices the fewest shards are taken wherever they end: the others take time as slices times those of a shard. */
const MOST_SLICES = 16_384;

const CELLS = RESOURCES.indexOf('cells');

export interface RunPlanOptions extends Budgets {
  /** Exactly so many core shards, the largest as small as can be. */
  readonly shards?: number | undefined;
  /** SP1's own limits: no shard of the plan reaches them. */
  readonly elementThreshold: number;
  readonly heightThreshold: number;
  /** The fewest shards, wherever they end, instead of those of them that share least memory. */
  readonly greedy?: boolean | undefined;
  readonly arity?: number | undefined;
  readonly fold?: FoldStrategy | undefined;
  /**
   * Whether a shard is made already: as long as there are such from the start on, the plan cuts as they do, and anew from where none is.
   * `tape`: digest of all that the guest was given up to its end.
   */
  readonly isKept?: ((shard: KeptShard) => boolean) | undefined;
}

export interface KeptShard {
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly tape: string;
}

export interface PlannedShard {
  readonly index: number;
  /** Instructions of the run before it, and up to its end. */
  readonly start: number;
  readonly end: number;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly pcStart: number;
  readonly cells: number;
  readonly chips: readonly { readonly name: string; readonly rows: number; readonly realRows: number }[];
  /** Words that it touches, and those of them that an earlier shard had. */
  readonly touched: number;
  readonly imported: number;
  readonly peakBytes: number;
  readonly seconds: number;
}

/** A shard that is no core shard: how many there are follows from the run and SP1's limits, not from the plan. */
export interface PlannedOther {
  readonly kind: OtherShard['kind'];
  readonly code: number | undefined;
  readonly cells: number;
  readonly chips: PlannedShard['chips'];
  readonly peakBytes: number;
  readonly seconds: number;
}

export interface RunPlan {
  readonly cuts: Cuts;
  readonly shards: readonly PlannedShard[];
  /** So many of the first are made already. */
  readonly kept: number;
  /** Behind the core shards. */
  readonly others: readonly PlannedOther[];
  readonly cellCap: number;
  readonly tree: FoldTree;
  readonly fold: readonly FoldOp[];
  readonly folds: number;
  readonly foldDepth: number;
}

/** What is left below SP1's limits for what comes with the halt; a shard ends when it reaches the rest. */
const HALT_AREA = 2 ** 18;
const HALT_HEIGHT = 2 ** 10;

/** Slices that are over a budget each by itself; the message is of the first. */
export class SliceTooLarge extends JitExecError {
  readonly slices: readonly number[];

  constructor(message: string, slices: readonly number[]) {
    super('PLAN_INFEASIBLE', message);
    this.slices = slices;
  }
}

/** @throws SliceTooLarge, PLAN_INFEASIBLE, USAGE. */
export function planRun(
  profile: RunProfile,
  run: ProfiledRun,
  options: RunPlanOptions,
  calibration: Calibration,
): RunPlan {
  if (run.slices.length === 0) throw new JitExecError('PROFILE_INVALID', 'plan: the run has no instructions');
  checkLimits(profile, run, options);
  const costs = new RunCosts(profile.chips, run.slices);
  const own = withEntries(calibration, run);
  const cap = cellCap(options, own);
  const caps = capsOf(options, cap);
  const kept = keptCuts(costs, caps, run, options);
  const cuts = cutsOf(costs, caps, run, options, kept);
  const prediction: Prediction = {
    peak: cells => peakOf(own, cells, options.workers),
    secondsPerCell: own.secondsPerCell,
  };
  const shards = shardsOf(costs, cuts, run, prediction);
  const others = othersOf(profile, run, prediction);
  const tree = balancedTree(0, shards.length + others.length);
  const fold = aggPlan(tree, options.arity ?? 16, options.fold ?? 'optimal');
  return {
    cuts,
    shards,
    kept: kept.cuts.length,
    others,
    cellCap: cap,
    tree,
    fold,
    folds: foldsOf(fold),
    foldDepth: criticalPath(fold, () => 0, { call: 1, child: 0 }).length,
  };
}

/** Core shards follow from a profile for any limits, those of calls and memory only for the ones that it was made with. */
function checkLimits({ limits }: RunProfile, { others }: ProfiledRun, options: RunPlanOptions): void {
  const { elementThreshold, heightThreshold } = options;
  if (others.length === 0 || (limits.elements === elementThreshold && limits.height === heightThreshold)) return;
  throw new JitExecError(
    'USAGE',
    `plan: the profile has shards of calls and memory for --element-threshold ${limits.elements} --height-threshold ${limits.height}, got ${elementThreshold} and ${heightThreshold}: profile run takes them too`,
  );
}

interface Prediction {
  /** Bytes that a process takes which makes shards of so many cells. */
  readonly peak: (cells: number) => number;
  readonly secondsPerCell: number;
}

function othersOf(
  { chips }: RunProfile,
  { others }: ProfiledRun,
  { peak, secondsPerCell }: Prediction,
): readonly PlannedOther[] {
  return others.map(({ kind, code, rows }) => {
    const own = rows.map(([chip, realRows]) => ({ name: chips[chip]!.name, rows: roundedRows(realRows), realRows }));
    const cells = rows.reduce((sum, [chip, realRows]) => sum + chips[chip]!.columns * roundedRows(realRows), 0);
    return {
      ...{ kind, code: kind === 'precompile' ? code : undefined, cells, chips: own },
      peakBytes: peak(cells),
      seconds: cells * secondsPerCell,
    };
  });
}

/** Of the run's largest chunk. */
export function mostEntries({ slices }: ProfiledRun): number {
  let most = 0;
  let entries = 0;
  for (const slice of slices) {
    entries += slice.entries;
    most = Math.max(most, entries);
    if (slice.endsChunk) entries = 0;
  }
  return most;
}

/** With the entries of the run's largest chunk in what there is before the first shard. */
function withEntries(calibration: Calibration, run: ProfiledRun): Calibration {
  return { ...calibration, baseBytes: calibration.baseBytes + calibration.bytesPerEntry * mostEntries(run) };
}

/** The same plan with one shard cut for less; all others keep their ends. */
export function resplitShard(
  profile: RunProfile,
  run: ProfiledRun,
  cuts: Cuts,
  shard: number,
  options: RunPlanOptions,
  calibration: Calibration,
): Cuts {
  const costs = new RunCosts(profile.chips, run.slices);
  return resplit(costs, cuts, shard, capsOf(options, cellCap(options, withEntries(calibration, run))));
}

function capsOf({ cycles, elementThreshold, heightThreshold }: RunPlanOptions, cells: number): Float64Array {
  if (cycles === 0) throw new JitExecError('PLAN_INFEASIBLE', 'plan: a shard of 0 cycles holds nothing');
  return Float64Array.of(
    cycles ?? Number.POSITIVE_INFINITY,
    cells,
    elementThreshold - HALT_AREA - 1,
    heightThreshold - HALT_HEIGHT - 1,
  );
}

interface Kept {
  readonly cuts: Cuts;
  /** The slice that is the first of none. */
  readonly end: number;
}

/** Shards that are made already, each the longest that there is within the caps. */
function keptCuts(costs: RunCosts, caps: Float64Array, { slices }: ProfiledRun, options: RunPlanOptions): Kept {
  const { isKept, shards } = options;
  const cuts: number[] = [];
  let a = 0;
  for (let isFound = isKept !== undefined && shards === undefined; isFound && a < costs.length; ) {
    const { clkStart } = slices[a]!;
    const ends = (b: number): KeptShard => ({
      clkStart,
      clkEnd: slices[b - 1]!.clkEnd,
      tape: hexOf(slices[b - 1]!.tape),
    });
    let b = longest(costs, a, costs.length, caps);
    while (b > a && !isKept!(ends(b))) b--;
    isFound = b > a;
    if (!isFound) break;
    cuts.push(a);
    a = b;
  }
  return { cuts, end: a };
}

function cutsOf(
  costs: RunCosts,
  caps: Float64Array,
  run: ProfiledRun,
  { shards, greedy }: RunPlanOptions,
  kept: Kept,
): Cuts {
  if (kept.end > 0) {
    const rest = fewest(costs, caps, kept.end);
    if ('excess' in rest) throw tooLarge(costs, rest.excess, caps, run);
    return [...kept.cuts, ...rest.cuts];
  }
  if (shards !== undefined) {
    const found = exactly(costs, shards, CELLS, caps);
    if (found !== undefined) return found;
    const least = fewest(costs, caps);
    if ('excess' in least) throw tooLarge(costs, least.excess, caps, run);
    throw new JitExecError(
      'PLAN_INFEASIBLE',
      `plan: expected ${least.cuts.length} to ${costs.length} shards within the budgets at this size of slices, got ${shards}`,
    );
  }
  const isGreedy = greedy === true || costs.length > MOST_SLICES;
  const found = isGreedy ? fewest(costs, caps) : fewestLeastShared(costs, caps);
  if ('excess' in found) throw tooLarge(costs, found.excess, caps, run);
  return found.cuts;
}

function tooLarge(
  costs: RunCosts,
  { slice, resource, need }: Excess,
  caps: Float64Array,
  run: ProfiledRun,
): SliceTooLarge {
  const { instructions, pcStart, clkStart, call } = run.slices[slice]!;
  const what = instructions === 1 ? 'one instruction' : `${instructions} instructions`;
  const syscall = call === undefined ? '' : `, system call 0x${call.toString(16)}`;
  return new SliceTooLarge(
    `plan: ${what} at pc 0x${pcStart.toString(16)} (clk ${clkStart}${syscall}) need ${need} ${RESOURCES[resource]}, the budget is ${caps[resource]}`,
    slicesOver(costs, caps),
  );
}

function shardsOf(
  costs: RunCosts,
  cuts: Cuts,
  run: ProfiledRun,
  { peak, secondsPerCell }: Prediction,
): readonly PlannedShard[] {
  let start = 0;
  return cuts.map((a, index) => {
    const b = cuts[index + 1] ?? costs.length;
    const { touched, imported } = costs.words(a, b);
    const [instructions, cells] = costs.needs(a, b, touched) as unknown as [number, number];
    const { clkStart, pcStart } = run.slices[a]!;
    const shard = {
      index,
      start,
      end: start + instructions,
      clkStart,
      clkEnd: run.slices[b - 1]!.clkEnd,
      pcStart,
      cells,
      chips: costs.rows(a, b, touched),
      touched,
      imported,
      peakBytes: peak(cells),
      seconds: cells * secondsPerCell,
    };
    start += instructions;
    return shard;
  });
}
