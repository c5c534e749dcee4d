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

/** Time of one runner as a multiple of another's. */
export function timeRatio({ times }: Result, runner: Runner, other: Runner): number | undefined {
  const [a, b] = [times[runner]?.wall, times[other]?.wall];
  return a && b ? a / b : undefined;
}

/** Million guest instructions per second of the whole process. */
export function mips({ instructions, times }: Result, runner: Runner): number | undefined {
  const wall = times[runner]?.wall;
  return wall ? instructions / wall / 1e6 : undefined;
}

export function fastest({ times }: Result): Runner | undefined {
  const wall = (runner: Runner): number => times[runner]?.wall ?? Number.POSITIVE_INFINITY;
  return RUNNERS.filter(runner => times[runner]).sort((a, b) => wall(a) - wall(b))[0];
}

/** Geometric mean over the guests of one XLEN; undefined where either runner is missing from them. */
export function meanRatio(
  results: readonly Result[],
  xlen: 32 | 64,
  runner: Runner,
  other: Runner,
): number | undefined {
  const ratios = results.filter(result => result.xlen === xlen).map(result => timeRatio(result, runner, other));
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
