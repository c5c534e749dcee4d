// `jit-exec run` of a plain command line: all that it loads is one file, and yargs is not in it.

import { mayRepeat, RUN_OPTIONS } from './arguments/options.ts';
import { plainArguments } from './arguments/plain-arguments.ts';
import type { Arguments } from './command.ts';
import { reported } from './failures.ts';
import { checkStdinOnce } from './stdin-once.ts';
import { run } from './verbs/run/run.ts';

/** The exit status; undefined where the command line is not plain, and nothing was done. */
export async function plainRun(argv: readonly string[]): Promise<number | undefined> {
  let args: Arguments | undefined;
  try {
    args = plainArguments(argv, RUN_OPTIONS, mayRepeat);
  } catch {
    // A variable that no option understands.
  }
  if (args === undefined) return undefined;
  const given = args;
  return reported(argv, () => {
    checkStdinOnce(given);
    return run(given);
  });
}
