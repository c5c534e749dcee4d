// What the command's options say of a run whose proof is priced.

import type { ExecuteOptions } from '../../verbs/execute.ts';
import type { Arguments } from '../command.ts';
import { writeAll } from '../output.ts';

/** What of any machine's run is asked for. */
export function plainCostOptions(args: Arguments, inputs: readonly Uint8Array[]): Omit<ExecuteOptions, 'report'> {
  const write = (bytes: Uint8Array): void => void (args.quiet || writeAll(2, bytes));
  return {
    name: args.program,
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    engine: args.engine as NonNullable<ExecuteOptions['engine']>,
    inputs,
    ...(args['max-cycles'] === undefined ? {} : { maxCycles: args['max-cycles'] as number }),
    ...(args['max-memory'] === undefined ? {} : { maxMemory: args['max-memory'] as number }),
    stdout: write,
    stderr: write,
  };
}
