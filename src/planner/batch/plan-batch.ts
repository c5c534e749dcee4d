// The verb: a batch's profile and a budget in, shards with the tree and the order of their folds out.

import { JitExecError } from '../../../runtime/errors.ts';
import { aggPlan, criticalPath, type FoldOp, type FoldStrategy, foldsOf } from '../fold/fold-plan.ts';
import type { FoldTree } from '../fold/tree.ts';
import {
  COST_MODELS,
  type CostModel,
  costCapForRam,
  costsOf,
  type Generation,
  makespan,
  ramOf,
  secondsOf,
} from './costs.ts';
import { pack } from './pack.ts';
import { DEFAULT_EPSILON, partition } from './partition.ts';
import { type BatchProfile, hypergraphOf } from './profile.ts';
import { type BatchShards, shardBlocks, shardCosts } from './shards.ts';
import { growToCap, smallestWithinCap } from './size.ts';

export const DEFAULT_ARITY = 16;

/** How a cap is met: upstream's growth loop, the fewest balanced parts, or packing along the order of the cut. */
export type BatchStrategy = 'growth' | 'smallest' | 'pack';

export interface BatchOptions {
  /** Exactly so many balanced shards (at most one a block); then no cap counts. */
  readonly shards?: number | undefined;
  /** The largest cost of a shard, in the model's unit. */
  readonly cap?: number | undefined;
  /** GiB that one shard may need, from which the cap follows. */
  readonly ram?: number | undefined;
  readonly partition?: BatchStrategy | undefined;
  readonly epsilon?: number | undefined;
  /** The cost model of a generation: C for profiles with counters, A for those without, unless given. */
  readonly model?: Generation | undefined;
  readonly arity?: number | undefined;
  readonly fold?: FoldStrategy | undefined;
  readonly workers?: number | undefined;
}

export interface BatchShard {
  readonly index: number;
  readonly blocks: number;
  /** Of its blocks alone, in the model's unit. */
  readonly cost: number;
  /** With the floor and what it loads. */
  readonly predicted: number;
  readonly ownBytes: number;
  readonly crossIngress: number;
  /** GiB, and seconds where the model has them. */
  readonly ram: number;
  readonly seconds: number | undefined;
}

export interface BatchPlan {
  readonly model: Generation;
  readonly unit: string;
  readonly partition: BatchStrategy | 'balanced';
  /** Undefined where the number of shards was given. */
  readonly cap: number | undefined;
  readonly shards: readonly BatchShard[];
  /** The shard of each block. */
  readonly assignment: Int32Array;
  readonly crossIngress: number;
  readonly tree: FoldTree;
  readonly fold: readonly FoldOp[];
  readonly folds: number;
  /** Calls one behind the other, the longest chain. */
  readonly foldDepth: number;
  /** A block alone is over the cap. */
  readonly isInfeasible: boolean;
  readonly estimate: { readonly workers: number; readonly total: number; readonly wall: number } | undefined;
}

/** @throws PLAN_INFEASIBLE where a budget leaves nothing for a shard, USAGE, PROFILE_INVALID. */
export function planBatch(profile: BatchProfile, options: BatchOptions): BatchPlan {
  if (profile.blocks.length === 0)
    throw new JitExecError('PROFILE_INVALID', 'batch profile: there are no blocks to plan');
  const name = options.model ?? (profile.version === 1 ? 'A' : 'C');
  const model = COST_MODELS[name];
  const costs = costsOf(profile, model);
  const cap = options.shards === undefined ? capOf(model, options) : undefined;
  const made = cut(profile, costs, cap, model, options);
  const { arity = DEFAULT_ARITY, fold = 'optimal', workers = 1 } = options;
  const ops = aggPlan(made.tree, arity, fold);
  const shards = describe(profile, made, costs, model);
  const seconds = model.seconds === undefined ? undefined : shards.map(shard => shard.seconds!);
  return {
    model: name,
    unit: model.unit,
    partition: cap === undefined ? 'balanced' : (options.partition ?? 'pack'),
    cap,
    shards,
    assignment: made.assignment,
    crossIngress: made.crossIngress,
    tree: made.tree,
    fold: ops,
    folds: foldsOf(ops),
    foldDepth: criticalPath(ops, () => 0, { call: 1, child: 0 }).length,
    isInfeasible: made.isInfeasible,
    estimate: seconds && { workers, ...makespan(seconds, workers) },
  };
}

function capOf(model: CostModel, { cap, ram }: BatchOptions): number {
  if (cap !== undefined && cap > 0) return cap;
  if (cap !== undefined) throw new JitExecError('PLAN_INFEASIBLE', 'plan: a cap of 0 has room for no block');
  if (ram === undefined)
    throw new JitExecError('USAGE', 'plan: expected a number of shards, a cap or memory to plan for');
  const found = costCapForRam(model, ram);
  if (found > 0) return found;
  const usable = (ram * model.usable).toFixed(1);
  const { base } = model.ram;
  throw new JitExecError(
    'PLAN_INFEASIBLE',
    `plan: of ${ram} GiB ${usable} may be planned with (${model.usable}), and a shard needs more than ${base} GiB before its first ${model.unit}`,
  );
}

type Cut = BatchShards & { readonly isInfeasible: boolean };

function cut(
  profile: BatchProfile,
  costs: Float64Array,
  cap: number | undefined,
  model: CostModel,
  options: BatchOptions,
): Cut {
  const { epsilon = DEFAULT_EPSILON, shards, partition: strategy = 'pack' } = options;
  if (cap === undefined) return { ...partition(hypergraphOf(profile, costs), shards!, epsilon), isInfeasible: false };
  const { floor, foreignByte } = model;
  if (strategy === 'pack') return pack(profile, costs, { cap, floor, foreignByte, epsilon });
  const search = { graph: hypergraphOf(profile, costs), cap: Math.max(1, cap - floor), epsilon };
  return strategy === 'growth' ? growToCap(search) : smallestWithinCap(search);
}

function describe(profile: BatchProfile, made: Cut, costs: Float64Array, model: CostModel): readonly BatchShard[] {
  const own = shardCosts(made, costs);
  return shardBlocks(profile, made).map(({ members, foreignBytes }, index) => {
    const predicted = model.floor + own[index]! + model.foreignByte * foreignBytes;
    return {
      index,
      blocks: members.length,
      cost: own[index]!,
      predicted,
      ownBytes: members.reduce((all, id) => all + profile.blocks[id]!.size, 0),
      crossIngress: foreignBytes,
      ram: ramOf(model, predicted),
      seconds: model.seconds && secondsOf(model.seconds, predicted),
    };
  });
}
