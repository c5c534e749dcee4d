// What the runs of a batch came to together.

import type { RunJson } from '../../result.ts';
import { median } from '../median.ts';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly sum: number;
}

export interface BatchSummary {
  readonly runs: number;
  /** Runs by how they ended: `halted 0`, `halted 1`, `fault`, `limit cycles`, `error`, … */
  readonly ends: Readonly<Record<string, number>>;
  /** Of the runs that halted with 0. */
  readonly instructions?: Spread;
  readonly clk?: Spread;
  readonly gas?: Spread;
  readonly seconds?: Spread;
}

function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((a, b) => a + b, 0);
  return { min: Math.min(...values), median: median(values), max: Math.max(...values), sum };
}

/** How a run ended, as a key. */
export function endKey(result: RunJson | undefined): string {
  if (result === undefined) return 'error';
  const { kind, code, limit } = result.exit;
  return [kind, code ?? limit].filter(word => word !== undefined).join(' ');
}

/** Of results; undefined ones could not be run. */
export function summarize(results: readonly (RunJson | undefined)[]): BatchSummary {
  const ends: Record<string, number> = {};
  for (const result of results) ends[endKey(result)] = (ends[endKey(result)] ?? 0) + 1;
  const good = results.filter((result): result is RunJson => endKey(result) === 'halted 0');
  const numbers = (of: (result: RunJson) => number | undefined): Spread | undefined =>
    spread(good.map(of).filter(value => value !== undefined));
  const parts = {
    instructions: numbers(result => result.instructions),
    clk: numbers(result => result.clk),
    gas: numbers(result => result.report?.gas),
    seconds: numbers(result => result.seconds),
  };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { runs: results.length, ends, ...Object.fromEntries(given) };
}

/** For people. */
export function summaryLines({ runs, ends, ...spreads }: BatchSummary): string[] {
  const counts = Object.entries(ends).map(([end, n]) => `${n} ${end}`);
  const lines = Object.entries(spreads as Record<string, Spread>).map(([name, { min, median: middle, max }]) => {
    const shown = [min, middle, max].map(value => (name === 'seconds' ? value.toFixed(3) : String(value)));
    return `${name}: min ${shown[0]}, median ${shown[1]}, max ${shown[2]}`;
  });
  return [`${runs} ${runs === 1 ? 'run' : 'runs'}: ${counts.join(', ')}`, ...lines];
}
