// What a guest's thread is asked to do, what it answers, and how it talks to the main thread meanwhile.

import { parentPort } from 'node:worker_threads';
import { type ErrorCode, JitExecError } from '../../../runtime/errors.ts';
import type { ExecuteOptions, RunResult } from '../../execute.ts';
import { isCode, writeAll } from '../output.ts';
import { stdinReader } from './guest-stdin.ts';

export interface RunRequest {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly options: Omit<ExecuteOptions, 'stdin' | 'stdout' | 'stderr' | 'interrupt'>;
  /** Word 0: 0 go on, 1 interrupted, 2 timeout. */
  readonly interrupt: Int32Array;
  readonly stdin: SharedArrayBuffer;
  /** File descriptor of the guest's standard output. */
  readonly stdout: 1 | 2;
}

export type RunMessage<R extends RunResult = RunResult> =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'done'; readonly result: R }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'io'; readonly code: string; readonly message: string }
  | { readonly kind: 'bug'; readonly stack: string };

/** Runs the guest by `verb`, with its standard streams joined to those of the process. */
export function outcomeOf<R extends RunResult>(
  { name, options, interrupt, stdin, stdout }: RunRequest,
  verb: (options: ExecuteOptions) => R,
): RunMessage<R> {
  const ask = (): void => parentPort!.postMessage({ kind: 'stdin' } satisfies RunMessage);
  try {
    const result = verb({
      ...options,
      name,
      interrupt,
      stdin: stdinReader(stdin, interrupt, ask),
      stdout: data => writeAll(stdout, data),
      stderr: data => writeAll(2, data),
    });
    return { kind: 'done', result };
  } catch (error) {
    return messageOf(error);
  }
}

/** An error in the form in which it reaches the main thread. */
export function messageOf(error: unknown): Exclude<RunMessage, { kind: 'stdin' | 'done' }> {
  if (error instanceof JitExecError) return { kind: 'refused', code: error.code, message: error.message };
  for (const code of ['EPIPE', 'EIO', 'ENOSPC', 'EBADF']) {
    if (isCode(error, code)) return { kind: 'io', code, message: (error as Error).message };
  }
  return { kind: 'bug', stack: (error instanceof Error && error.stack) || String(error) };
}
