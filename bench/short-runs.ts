// Guests that stop early: what the JIT costs where it has no time to pay.

import type { Guest } from './guests.ts';
import { CLI, runProcess } from './measure.ts';
import { median } from './statistics.ts';

const STATUS_LIMIT = 124;

export interface ShortRun {
  readonly guest: string;
  /** Time of whole processes, `--engine auto` over `--engine interpreter`, a median of rounds each. */
  readonly ratio: number;
}

/** Runs the first `instructions` of each guest, both engines in turn, each time in a fresh process. */
export function measureShortRuns(
  guests: readonly Guest[],
  { instructions, rounds }: { readonly instructions: number; readonly rounds: number },
): readonly ShortRun[] {
  return guests.map(({ name, path, args }) => {
    const walls = { auto: [] as number[], interpreter: [] as number[] };
    const limit = ['--max-cycles', String(instructions)];
    for (let round = 0; round < rounds; round++) {
      for (const engine of ['auto', 'interpreter'] as const) {
        const command = [process.execPath, CLI, 'run', '-q', '--engine', engine, ...limit, path, '--', ...args];
        const { status, stderr, wall } = runProcess(command);
        if (status !== STATUS_LIMIT) throw new Error(`${name}: expected a limit, got status ${status}\n${stderr}`);
        walls[engine].push(wall);
      }
    }
    return { guest: name, ratio: median(walls.auto) / median(walls.interpreter) };
  });
}
