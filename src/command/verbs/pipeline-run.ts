// A guest that runs while threads make something of what it hands out.

import { availableParallelism } from 'node:os';
import { JitExecError } from '../../../runtime/errors.ts';
import { Bell } from '../../../runtime/trace/bell.ts';
import type { RunData } from '../../verbs/execute.ts';
import { codeDirectory } from '../code-folder.ts';
import type { Arguments } from '../command.ts';
import { readInputs } from '../input.ts';
import type { RunRequest } from '../threads/guest/guest-outcome.ts';
import { makeStdinBuffer } from '../threads/guest/guest-stdin.ts';
import { type Done, runGuest } from '../threads/guest/guest-thread.ts';
import { makeStopWords } from '../threads/guest/stop-words.ts';
import { runOptions } from './run/run.ts';
import { isWriteError } from './trace/trace-directory.ts';

const MAX_WORKERS = 64;

/** What `--workers` says: as many threads as the host has processors unless given. @throws USAGE. */
export function workerCount(args: Arguments): number {
  const given = (args.workers as number | undefined) ?? Math.min(MAX_WORKERS, availableParallelism());
  if (given >= 1 && given <= MAX_WORKERS) return given;
  throw new JitExecError('USAGE', `--workers: expected 1 to ${MAX_WORKERS}, got ${given}`);
}

/** What the command line says of the guest; its pipeline and its thread share the bell. */
export function pipelineRequest(args: Arguments, bytes: Uint8Array): RunRequest & { readonly bell: SharedArrayBuffer } {
  return {
    bytes,
    name: args.program as string,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    codeDirectory: codeDirectory(args['code-cache']),
    bell: new Bell().shared,
  };
}

/** What `act` gives. @throws FILE_UNWRITABLE where it could not write. */
export function asUnwritable<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isWriteError(error)) throw error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${error.message}`, { cause: error });
  }
}

interface Pipeline<Message> {
  readonly done: Promise<unknown>;
  hearGuest(message: Message): void;
  stop(): void;
  fail(error: Error): void;
}

export interface PipelineRun<Message> {
  /** Of the guest's thread. */
  readonly script: URL;
  readonly request: RunRequest;
  readonly pipeline: Pipeline<Message>;
  /** What has been done in so many seconds. */
  readonly progress: (seconds: number) => string;
}

/** What came of the guest, and why not all was made, if that is a mistake. @throws where there is no result. */
export async function runWithPipeline<Result extends RunData, Message>(
  { script, request, pipeline, progress }: PipelineRun<Message>,
  args: Arguments,
): Promise<{ readonly outcome: Done<Result>; readonly error: Error | undefined }> {
  let outcome: Done<Result>;
  try {
    outcome = await runGuest<Result>(script, request, {
      quiet: args.quiet === true,
      timeout: args.timeout as number | undefined,
      progress: seconds => `tracing ${args.program}, ${progress(seconds)}`,
      onMessage: message => pipeline.hearGuest(message as Message),
      onStop: () => pipeline.stop(),
    });
  } catch (error) {
    pipeline.fail(error as Error);
    // Why the pipeline failed is why the guest could not go on.
    await pipeline.done;
    throw error;
  }
  const error = await pipeline.done.then(
    () => undefined,
    (reason: Error) => reason,
  );
  return { outcome, error };
}
