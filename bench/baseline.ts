// What must not be lost: who is fastest on each guest, and the ratios between runners. Times do not travel; these do.

import type { Runner } from './measure.ts';
import { fastest, ourEngines, type Result, timeRatio } from './results.ts';

export interface BaselineEntry {
  readonly winner: Runner;
  /** Time as a multiple of another runner's, by `js/qemu`: smaller is better. */
  readonly ratios: Readonly<Record<string, number>>;
}

export type Baseline = Readonly<Record<string, BaselineEntry>>;

/** A ratio may grow by this factor, a winner may fall behind by that one: what a noisy machine does in three rounds. */
const RATIO_SLACK = 1.25;
const WINNER_SLACK = 1.1;

export function baselineOf(results: readonly Result[]): Baseline {
  const entries = results.map(result => {
    const ratios: Record<string, number> = {};
    for (const engine of ourEngines([result])) {
      for (const other of ['interpreter', 'qemu'] as const) {
        const ratio = timeRatio(result, engine, other);
        if (ratio !== undefined) ratios[`${engine}/${other}`] = Number(ratio.toPrecision(3));
      }
    }
    return [result.guest, { winner: fastest(result)!, ratios }] as const;
  });
  return Object.fromEntries(entries);
}

/** One line for each thing lost. What either side lacks (a guest, a runner) is not compared. */
export function findLosses(baseline: Baseline, results: readonly Result[]): readonly string[] {
  const now = baselineOf(results);
  return results.flatMap(result => {
    const before = baseline[result.guest];
    if (before === undefined) return [];
    const losses = Object.entries(before.ratios).flatMap(([name, ratio]) => {
      const found = now[result.guest]!.ratios[name];
      if (found === undefined || found <= ratio * RATIO_SLACK) return [];
      return [`${result.guest}: ${name} was ${ratio}, is ${found}`];
    });
    const { winner } = now[result.guest]!;
    const behind = timeRatio(result, before.winner, winner);
    if (behind !== undefined && behind > WINNER_SLACK) {
      losses.push(`${result.guest}: ${before.winner} was fastest, ${winner} is, by ${behind.toFixed(2)}x`);
    }
    return losses;
  });
}
