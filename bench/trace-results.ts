// What bench:trace found.

import type { Engine } from '../src/verbs/execute.ts';
import type { Split } from './profile.ts';
import type { Results } from './results.ts';
import { geometricMean } from './statistics.ts';

export interface Seconds {
  readonly wall: number;
  /** Processor time of the guest's thread, or of all threads where the host does not tell them apart. */
  readonly cpu: number;
}

/** A kernel in steady state: a run of 3 n passes less one of n. */
export interface SteadyResult {
  readonly guest: string;
  readonly engine: Engine;
  readonly instructions: number;
  readonly entries: number;
  readonly pure: Seconds;
  readonly traced: Seconds;
  /** Of one traced run of 3 n passes, warm-up included. */
  readonly split: Split;
}

/** The guest of hashes and curves, the whole run under V8's sampling. */
export interface BlockResult {
  readonly guest: string;
  readonly engine: Engine;
  readonly instructions: number;
  readonly entries: number;
  /** Medians over the rounds. */
  readonly seconds: { readonly pure: number; readonly traced: number };
  /** Medians over the rounds, group by group. */
  readonly splits: { readonly pure: Split; readonly traced: Split };
}

/** Chunks to a thread. Medians over the rounds, of processor time the least. */
export interface RingResult {
  readonly guest: string;
  readonly chunks: number;
  readonly chunkEntries: number;
  readonly bytes: number;
  /** Of the executor. */
  readonly seconds: { readonly dropped: number; readonly released: number };
  /** Part of the executor's time that it takes longer when a thread releases its chunks than when nobody takes them. */
  readonly loss: Seconds;
  /** Seconds for which the executor found no free slot, with the thread that releases. */
  readonly waited: number;
  /** From the guest's start until the last chunk was consumed. */
  readonly gigabytesPerSecond: { readonly released: number; readonly summed: number; readonly hashed: number };
  /** By the thread's processor time with a chunk in hand. */
  readonly consumerGigabytesPerSecond: { readonly summed: number; readonly hashed: number };
}

export interface TraceResults {
  readonly schema: 1;
  readonly host: Results['host'];
  readonly rounds: number;
  readonly quick: boolean;
  readonly steady: readonly SteadyResult[];
  readonly block: readonly BlockResult[];
  readonly ring: readonly RingResult[];
}

/** Traced time as a multiple of pure time; undefined where a difference of runs was lost in noise. */
export function traceRatio({ pure, traced }: SteadyResult, clock: keyof Seconds): number | undefined {
  return pure[clock] > 0 && traced[clock] > 0 ? traced[clock] / pure[clock] : undefined;
}

/** Geometric mean over an engine's guests; undefined where one of them has no ratio, so that no mean is of a selection. */
export function meanTraceRatio(
  results: readonly SteadyResult[],
  engine: Engine,
  clock: keyof Seconds,
): number | undefined {
  const own = results.filter(result => result.engine === engine);
  const ratios = own.flatMap(result => traceRatio(result, clock) ?? []);
  return ratios.length > 0 && ratios.length === own.length ? geometricMean(ratios) : undefined;
}
