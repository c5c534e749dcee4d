// `jit-exec run`: runs a guest in a worker, relays signals and time limits, reports how it ended.

import { writeFileSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import { exitJson, type Provenance, provenanceOf, runJson } from '../../../result.ts';
import type { ExecuteOptions, RunData } from '../../../verbs/execute.ts';
import { isTyped } from '../../arguments/environment.ts';
import { codeDirectory } from '../../code-folder.ts';
import type { Arguments } from '../../command.ts';
import { readBytes, readInputs } from '../../input.ts';
import { readKeyValues } from '../../key-values.ts';
import { complain, jsonLine, printable, writeAll } from '../../output.ts';
import { runningLine } from '../../progress.ts';
import { sha256 } from '../../sha256.ts';
import { statusOf } from '../../status.ts';
import type { RunRequest } from '../../threads/guest/guest-outcome.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { runGuest } from '../../threads/guest/guest-thread.ts';
import { RUN_WORKER } from '../../threads/guest/guest-worker.ts';
import { instructionsSoFar, makeStopWords } from '../../threads/guest/stop-words.ts';
import { runNotes } from './run-notes.ts';
import { profileLines, profileWeight, writeProfile } from './run-profile.ts';
import { backtraceLines, exitLine, reportLines, summaryLine } from './run-report.ts';

export async function run(args: Arguments): Promise<number> {
  const bytes = readBytes(args.program);
  const options = runOptions(args);
  const profile = profileWeight(args);
  const wanted = args['dump-js'];
  if (typeof wanted === 'string') {
    const { dumpFunction } = await import('../../../verbs/dump.ts');
    const text = dumpFunction(bytes, wanted, { name: args.program, machine: options.machine ?? 'auto' });
    writeAll(1, printable(text));
    return 0;
  }
  if (typeof args.gdb === 'string') {
    const { debug } = await import('../gdb.ts');
    const inputs = readInputs(args.argv, args);
    return debug(bytes, { ...options, name: args.program, inputs }, args.gdb, args.quiet === true);
  }
  const request = {
    bytes,
    name: args.program,
    options: {
      ...options,
      ...(profile === undefined ? {} : { profile }),
      report: reportOf(args),
      inputs: readInputs(args.argv, args),
    },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    tellsSpans: args.quiet !== true,
    codeDirectory: codeDirectory(args['code-cache']),
  } as const;
  await checkMachine(request, args);
  const count = (): number => instructionsSoFar(request.interrupt);
  const { result } = await runGuest(RUN_WORKER, request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: runningLine(`running ${args.program}`, count, options.maxCycles),
  });
  return report(result, request, args);
}

/** A report that only the environment asks for is one where there can be one. */
function reportOf(args: Arguments): boolean | 'auto' {
  if (args.report !== true) return false;
  return isTyped('report', args.argv) ? true : 'auto';
}

export type PlainOptions = RunRequest['options'];

export function runOptions(args: Arguments): PlainOptions {
  const maxCycles = args['max-cycles'] as number | undefined;
  const maxMemory = args['max-memory'] as number | undefined;
  if (args.json === true && args['public-values'] === '-') {
    throw new JitExecError('USAGE', '--public-values - and --json both want standard output');
  }
  return {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    engine: args.engine as NonNullable<ExecuteOptions['engine']>,
    args: guestArguments(args),
    ...(maxCycles === undefined ? {} : { maxCycles }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    realTime: args['real-time'] === true,
    countMemory: args.json === true,
    lenient: args.lenient === true,
    sp1Version: args['sp1-version'] as NonNullable<ExecuteOptions['sp1Version']>,
    keyValues: readKeyValues(args.kv),
  };
}

export const guestArguments = (args: Arguments): readonly string[] =>
  ((args['--'] ?? []) as readonly unknown[]).map(String);

/** Where a result came from. */
export const provenanceOfRequest = ({ bytes, options }: RunRequest): Provenance =>
  provenanceOf({ program: bytes, inputs: options.inputs ?? [] }, sha256);

/** What `--json` prints of a run. */
export const runJsonLine = (result: RunData, request: RunRequest): string =>
  jsonLine(runJson(result, provenanceOfRequest(request), sha256(result.publicValues)));

function report(result: RunData, request: RunRequest, args: Arguments): number {
  writePublicValues(result, args['public-values']);
  writeProfile(result, args.profile, request.name);
  if (args.json) writeAll(1, runJsonLine(result, request));
  explain(result, request, args, summaryLine(result));
  return statusOf(result.exit);
}

/** Tells on standard error how a run ended, with `summary` where it ended well, and what else is worth knowing. */
export function explain(result: RunData, request: RunRequest, args: Arguments, summary: string): void {
  const { exit, instructions } = result;
  const line = exitLine(exit, exitJson(exit, result.symbol), instructions);
  const quiet = args.quiet === true;
  if (!quiet) for (const text of result.warnings) complain(`warning: ${text} in ${request.name}`);
  // The status of a halt says what there is to say.
  if (line !== undefined && !(quiet && exit.kind === 'halted')) complain(line);
  if (quiet) return;
  if (line === undefined) complain(summary);
  else for (const text of backtraceLines(result)) complain(text);
  // The JSON object says how much memory there was at most.
  const { peaks: _peaks, ...others } = result;
  for (const text of profileLines(result)) complain(text);
  for (const text of reportLines(args.json === true ? others : result)) complain(text);
  const inputs = request.options.inputs?.length ?? 0;
  for (const text of runNotes(result, { args: guestArguments(args), inputs })) complain(text);
}

/** Warns where the machine that was named is not the one that the file is for. */
export async function checkMachine({ bytes, name }: RunRequest, { machine, quiet }: Arguments): Promise<void> {
  if (machine === 'auto' || quiet === true) return;
  const [{ elfOf }, { chooseMachine }, { refuseContainer }] = await Promise.all([
    import('../../../machine/elf-of.ts'),
    import('../../../machine/choose.ts'),
    import('../../../machine/foreign.ts'),
  ]);
  refuseContainer(bytes, name);
  const detected = chooseMachine(elfOf(bytes, name));
  if (detected !== machine) complain(`warning: ${name} looks like a program for machine ${detected}, not ${machine}`);
}

export function writePublicValues({ publicValues }: RunData, path: unknown): void {
  if (typeof path !== 'string') return;
  try {
    if (path === '-') writeAll(1, publicValues);
    else writeFileSync(path, publicValues);
  } catch (error) {
    const { message } = error as Error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${message}`, { cause: error });
  }
}
