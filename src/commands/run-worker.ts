// The thread that a guest runs in, so that the main thread stays free for signals and timers.

import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, JitExecError } from '../../runtime/errors.ts';
import { type ExecuteOptions, execute, type RunResult } from '../execute.ts';
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

export type RunMessage =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'done'; readonly result: RunResult }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'io'; readonly code: string; readonly message: string }
  | { readonly kind: 'bug'; readonly stack: string };

const post = (message: RunMessage): void => parentPort!.postMessage(message);

function run(request: RunRequest): RunMessage {
  const { bytes, name, options, interrupt, stdin, stdout } = request;
  try {
    const result = execute(bytes, {
      ...options,
      name,
      interrupt,
      stdin: stdinReader(stdin, interrupt, () => post({ kind: 'stdin' })),
      stdout: data => writeAll(stdout, data),
      stderr: data => writeAll(2, data),
    });
    return { kind: 'done', result };
  } catch (error) {
    if (error instanceof JitExecError) return { kind: 'refused', code: error.code, message: error.message };
    for (const code of ['EPIPE', 'EIO', 'ENOSPC', 'EBADF']) {
      if (isCode(error, code)) return { kind: 'io', code, message: (error as Error).message };
    }
    return { kind: 'bug', stack: (error instanceof Error && error.stack) || String(error) };
  }
}

post(run(workerData as RunRequest));
