// `jit-exec run`: runs a guest in a worker, relays signals and time limits, reports how it ended.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { JitExecError } from '../../../runtime/errors.ts';
import type { ExecuteOptions, RunResult } from '../../execute.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { statusOf } from '../status.ts';
import type { RunRequest } from '../threads/guest-outcome.ts';
import { makeStdinBuffer } from '../threads/guest-stdin.ts';
import { type Done, runGuest } from '../threads/guest-thread.ts';
import { exitLine, reportExit, reportLines, runJson, summaryLine } from './run-report.ts';

export async function run(args: Arguments): Promise<number> {
  const bytes = readBytes(args.program);
  const options = runOptions(args);
  const wanted = args['dump-js'];
  if (typeof wanted === 'string') {
    const { dumpFunction } = await import('../../dump.ts');
    writeAll(1, dumpFunction(bytes, wanted, { name: args.program, machine: options.machine ?? 'auto' }));
    return 0;
  }
  const quiet = args.quiet === true;
  const request = {
    bytes,
    name: args.program,
    options: { ...options, report: args.report === true, inputs: readInputs(args.argv, args) },
    interrupt: new Int32Array(new SharedArrayBuffer(16)),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
  } as const;
  const outcome = await runGuest(new URL('./run-worker.js', import.meta.url), request, {
    quiet,
    timeout: args.timeout as number | undefined,
    progress: `running ${args.program}`,
  });
  return typeof outcome === 'number' ? outcome : report(outcome, args, quiet);
}

export type PlainOptions = RunRequest['options'];

export function runOptions(args: Arguments): PlainOptions {
  const maxCycles = args['max-cycles'] as number | undefined;
  const maxMemory = args['max-memory'] as number | undefined;
  return {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    engine: args.engine as NonNullable<ExecuteOptions['engine']>,
    args: ((args['--'] ?? []) as readonly unknown[]).map(String),
    ...(maxCycles === undefined ? {} : { maxCycles }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    realTime: args['real-time'] === true,
    countMemory: args.json === true,
    lenient: args.lenient === true,
    sp1Version: args['sp1-version'] as NonNullable<ExecuteOptions['sp1Version']>,
  };
}

function report({ result }: Done, args: Arguments, quiet: boolean): number {
  const { exit, instructions } = result;
  const reported = reportExit(exit, result.symbol);
  if (!quiet) warn(result, args.program);
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const digest = createHash('sha256').update(result.publicValues).digest('hex');
    writeAll(1, `${runJson(result, reported, digest)}\n`);
  }
  const line = exitLine(exit, reported, instructions);
  if (line !== undefined) complain(line);
  else if (!quiet) complain(summaryLine(result));
  if (!quiet) for (const text of reportLines(result)) complain(text);
  return statusOf(exit);
}

export function warn({ warnings }: RunResult, program: string): void {
  for (const text of warnings) complain(`warning: ${text} in ${program}`);
}

export function writePublicValues({ publicValues }: RunResult, path: unknown): void {
  if (typeof path !== 'string') return;
  try {
    if (path === '-') writeAll(1, publicValues);
    else writeFileSync(path, publicValues);
  } catch (error) {
    const { message } = error as Error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${message}`, { cause: error });
  }
}
