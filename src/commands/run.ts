// `jit-exec run`: runs a guest in a worker, relays signals and time limits, reports how it ended.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../runtime/errors.ts';
import type { Arguments } from '../command.ts';
import type { ExecuteOptions, RunResult } from '../execute.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { startProgress } from '../progress.ts';
import { STATUS, statusOf } from '../status.ts';
import { answerStdin, makeStdinBuffer } from './guest-stdin.ts';
import { exitLine, reportExit, runJson, summaryLine } from './run-report.ts';
import type { RunMessage, RunRequest } from './run-worker.ts';

/** How long a guest may take to stop after its time limit; the engines look far more often. */
const GRACE_MILLISECONDS = 10_000;
const INTERRUPTED = 1;
const TIMED_OUT = 2;

export async function run(args: Arguments): Promise<number> {
  const bytes = readBytes(args.program);
  const options = runOptions(args);
  const wanted = args['dump-js'];
  if (typeof wanted === 'string') {
    const { dumpFunction } = await import('../dump.ts');
    writeAll(1, dumpFunction(bytes, wanted, { name: args.program, machine: options.machine ?? 'auto' }));
    return 0;
  }
  const quiet = args.quiet === true;
  const outcome = await runInWorker({
    bytes,
    name: args.program,
    options: { ...options, inputs: readInputs(args.argv, args) },
    interrupt: new Int32Array(new SharedArrayBuffer(16)),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    quiet,
    timeout: args.timeout as number | undefined,
  });
  return typeof outcome === 'number' ? outcome : report(outcome, args, quiet);
}

type PlainOptions = RunRequest['options'];

function runOptions(args: Arguments): PlainOptions {
  const maxCycles = args['max-cycles'] as number | undefined;
  const maxMemory = args['max-memory'] as number | undefined;
  return {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    engine: args.engine as NonNullable<ExecuteOptions['engine']>,
    args: ((args['--'] ?? []) as readonly unknown[]).map(String),
    ...(maxCycles === undefined ? {} : { maxCycles }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    realTime: args['real-time'] === true,
  };
}

type Done = Extract<RunMessage, { kind: 'done' }>;

/** Resolves to the outcome, or to an exit status where there is nothing to report. */
async function runInWorker(
  request: RunRequest & { readonly quiet: boolean; readonly timeout: number | undefined },
): Promise<Done | number> {
  const { quiet, timeout, ...workerData } = request;
  const { interrupt } = request;
  const worker = new Worker(new URL('./run-worker.js', import.meta.url), { workerData });
  const stopProgress = quiet ? (): void => {} : startProgress(`running ${request.name}`);
  const timers: NodeJS.Timeout[] = [];
  const onSignal = (): void => {
    if (Atomics.compareExchange(interrupt, 0, 0, INTERRUPTED) !== 0) process.exit(STATUS.interrupted);
  };
  process.on('SIGINT', onSignal);
  try {
    return await new Promise<Done | number>((resolve, reject) => {
      if (timeout !== undefined) {
        const giveUp = (): void => {
          complain('limit reached: --timeout; the guest could not be stopped in order');
          resolve(STATUS.limit);
        };
        const stop = (): void => {
          Atomics.compareExchange(interrupt, 0, 0, TIMED_OUT);
          timers.push(setTimeout(giveUp, GRACE_MILLISECONDS));
        };
        timers.push(setTimeout(stop, timeout * 1000));
      }
      worker.on('message', (message: RunMessage) => {
        if (message.kind === 'stdin') void answerStdin(request.stdin);
        else settle(message, resolve, reject);
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the thread of the guest ended without a result')));
    });
  } finally {
    process.off('SIGINT', onSignal);
    for (const timer of timers) clearTimeout(timer);
    stopProgress();
  }
}

function settle(
  message: Exclude<RunMessage, { kind: 'stdin' }>,
  resolve: (outcome: Done | number) => void,
  reject: (error: Error) => void,
): void {
  if (message.kind === 'done') resolve(message);
  else if (message.kind === 'refused') reject(new JitExecError(message.code, message.message));
  else if (message.kind === 'io') {
    if (message.code !== 'EPIPE') complain(`input/output failed: ${message.message}`);
    resolve(message.code === 'EPIPE' ? STATUS.closed : STATUS.ioError);
  } else {
    const error = new Error('in the thread of the guest');
    error.stack = message.stack;
    reject(error);
  }
}

function report({ result }: Done, args: Arguments, quiet: boolean): number {
  const { exit, instructions } = result;
  const reported = reportExit(exit, result.symbol);
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const digest = createHash('sha256').update(result.publicValues).digest('hex');
    writeAll(1, `${runJson(result, reported, digest)}\n`);
  }
  const line = exitLine(exit, reported, instructions);
  if (line !== undefined) complain(line);
  else if (!quiet) complain(summaryLine(result));
  return statusOf(exit);
}

function writePublicValues({ publicValues }: RunResult, path: unknown): void {
  if (typeof path !== 'string') return;
  try {
    if (path === '-') writeAll(1, publicValues);
    else writeFileSync(path, publicValues);
  } catch (error) {
    const { message } = error as Error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${message}`, { cause: error });
  }
}
