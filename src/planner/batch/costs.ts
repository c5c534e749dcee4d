// What a block costs and what a shard of so much needs, as ix fitted it for its kernel on Zisk, generation by generation.
// Reference: ix:docs/zisk-cycle-cost-model.md and ix:crates/kernel/src/shard.rs.

import { JitExecError } from '../../../runtime/errors.ts';
import { type BatchProfile, COUNTERS, type Counter } from './profile.ts';

export type Generation = 'A' | 'B' | 'C';

/** Prices in the generation's unit: cycles (A), steps (B), cost units of Zisk (C). */
export interface CostModel {
  readonly unit: string;
  readonly heartbeat: number;
  readonly counters: Readonly<Partial<Record<Counter, number>>>;
  /** Of a byte of the block itself. */
  readonly ownByte: number;
  /** Of a byte that a shard loads of others. */
  readonly foreignByte: number;
  /** Of every shard. */
  readonly floor: number;
  /** GiB that a shard needs: base + slope · cost / 10^9. */
  readonly ram: { readonly base: number; readonly slope: number };
  /** The part of a machine's memory that may be planned with. */
  readonly usable: number;
  /** What a prediction is multiplied with before it is compared with a budget. */
  readonly headRoom: number;
  /** Seconds to prove a shard: base + slope · cost / 10^9. */
  readonly seconds?: { readonly base: number; readonly slope: number };
}

export const COST_MODELS: Readonly<Record<Generation, CostModel>> = {
  A: {
    unit: 'cycles',
    heartbeat: 215_000,
    counters: {},
    ownByte: 0,
    foreignByte: 0,
    floor: 0,
    ram: { base: 45, slope: 32 },
    usable: 0.78,
    headRoom: 1,
  },
  B: {
    unit: 'steps',
    heartbeat: 162_339,
    counters: { subst: 4276 },
    ownByte: 652,
    foreignByte: 0,
    floor: 180_000_000,
    ram: { base: 50, slope: 33 },
    usable: 0.85,
    headRoom: 1,
    seconds: { base: 54, slope: 158 },
  },
  C: {
    unit: 'cost',
    heartbeat: 0,
    counters: { subst: 196_600, whnf: 1_797_600, defEq: 567_100, intern: 28_400 },
    ownByte: 0,
    foreignByte: 73_200,
    floor: 293_600_000,
    ram: { base: 33.1, slope: 0.2845 },
    usable: 0.85,
    headRoom: 1.5,
    seconds: { base: 29, slope: 2.25 },
  },
};

/** The costs of the blocks. @throws PROFILE_INVALID where the model needs counters that the profile has not, or numbers are too large. */
export function costsOf({ blocks }: BatchProfile, { heartbeat, counters, ownByte }: CostModel): Float64Array {
  const named = COUNTERS.filter(name => counters[name] !== undefined);
  const exact = (value: bigint): number => {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw new JitExecError('PROFILE_INVALID', `batch profile: expected counts below 2^53 to plan with, got ${value}`);
  };
  return Float64Array.from(blocks, block => {
    if (named.length > 0 && block.counters === undefined)
      throw new JitExecError('PROFILE_INVALID', 'batch profile: this cost model needs version 2, which has counters');
    const counted = named.reduce((all, name) => all + counters[name]! * exact(block.counters![name]), 0);
    return heartbeat * exact(block.heartbeats) + counted + ownByte * block.size;
  });
}

/** The largest cost of a shard that a machine of so many GiB has room for; 0 where not even the base fits. */
export function costCapForRam({ ram, usable, headRoom }: CostModel, gib: number): number {
  const room = gib * usable - ram.base;
  return room <= 0 ? 0 : Math.floor(((room / ram.slope) * 1e9) / headRoom);
}

export const ramOf = ({ ram }: CostModel, cost: number): number => ram.base + (ram.slope * cost) / 1e9;

export const secondsOf = ({ base, slope }: { readonly base: number; readonly slope: number }, cost: number): number =>
  base + (slope * cost) / 1e9;

/** Of pieces of work on so many workers: all together, and until the last is done at best. */
export function makespan(
  seconds: readonly number[],
  workers: number,
): { readonly total: number; readonly wall: number } {
  const total = seconds.reduce((all, own) => all + own, 0);
  return { total, wall: Math.max(total / workers, ...seconds) };
}
