// What a bench run found: medians per guest and runner, ratios between runners, averages per XLEN.

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Guest } from './guests.ts';
import { ENGINES, type Engine, RUNNERS, type Runner, type Sample } from './measure.ts';
import { geometricMean, median } from './statistics.ts';

/** Medians over the rounds, in seconds. */
export type Times = { readonly [name in keyof Sample]: number | null };

export interface Result {
  readonly guest: string;
  readonly xlen: 32 | 64;
  readonly instructions: number;
  readonly times: Partial<Record<Runner, Times>>;
}

export interface Results {
  readonly schema: 1;
  readonly host: { readonly cpu: string; readonly cores: number; readonly node: string; readonly qemu: string | null };
  readonly rounds: number;
  readonly quick: boolean;
  readonly results: readonly Result[];
}

export function summarise(guest: Guest, samples: ReadonlyMap<Runner, readonly Sample[]>): Result {
  const middle = (list: readonly Sample[], key: keyof Sample): number | null => {
    const values = list.map(sample => sample[key]).filter(value => value !== undefined);
    return values.length === 0 ? null : median(values);
  };
  const times: Partial<Record<Runner, Times>> = {};
  for (const [runner, list] of samples) {
    times[runner] = { wall: middle(list, 'wall'), cpu: middle(list, 'cpu'), inside: middle(list, 'inside') };
  }
  return { guest: guest.name, xlen: guest.xlen, instructions: guest.instructions, times };
}

/** Seconds that a runner took for a guest. */
export type Measure = (result: Result, runner: Runner) => number | undefined;

/** The run as `execute` reports it, translation and compilation included, Node's start not; all of QEMU's process. */
export const runSeconds: Measure = ({ times }, runner) => times[runner]?.inside ?? times[runner]?.wall ?? undefined;

export const processSeconds: Measure = ({ times }, runner) => times[runner]?.wall ?? undefined;

/** Time of one runner as a multiple of another's. */
export function timeRatio(
  result: Result,
  runner: Runner,
  other: Runner,
  measure: Measure = runSeconds,
): number | undefined {
  const [a, b] = [measure(result, runner), measure(result, other)];
  return a && b ? a / b : undefined;
}

/** Million guest instructions per second of the run. */
export function mips(result: Result, runner: Runner): number | undefined {
  const seconds = runSeconds(result, runner);
  return seconds ? result.instructions / seconds / 1e6 : undefined;
}

export function fastest(result: Result): Runner | undefined {
  const seconds = (runner: Runner): number => runSeconds(result, runner) ?? Number.POSITIVE_INFINITY;
  return RUNNERS.filter(runner => result.times[runner]).sort((a, b) => seconds(a) - seconds(b))[0];
}

/** Geometric mean over the guests of one XLEN; undefined where either runner is missing from them. */
export function meanRatio(
  results: readonly Result[],
  xlen: 32 | 64,
  runner: Runner,
  other: Runner,
  measure: Measure = runSeconds,
): number | undefined {
  const ratios = results
    .filter(result => result.xlen === xlen)
    .map(result => timeRatio(result, runner, other, measure));
  const known = ratios.filter(ratio => ratio !== undefined);
  return known.length > 0 && known.length === ratios.length ? geometricMean(known) : undefined;
}

export function ourEngines(results: readonly Result[]): readonly Exclude<Engine, 'interpreter'>[] {
  return ENGINES.filter(engine => engine !== 'interpreter').filter(engine => results.some(r => r.times[engine]));
}

export function describeHost(): Results['host'] {
  const { stdout } = spawnSync('qemu-riscv64', ['--version'], { encoding: 'utf8' });
  const qemu = /version ([\d.]+)/.exec(stdout ?? '')?.[1] ?? null;
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor';
  return { cpu, cores: cpus().length, node: process.versions.node, qemu };
}
