// What a guest's thread is asked to do, what it answers, and how it talks to the main thread meanwhile.

import { fstatSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type ErrorCode, JitExecError } from '../../../../runtime/errors.ts';
import type { ExecuteOptions, RunData } from '../../../verbs/execute.ts';
import { isCode, printable, writeAll } from '../../output.ts';
import { stdinReader } from './guest-stdin.ts';
import { isStopped, openLineOf } from './stop-words.ts';

export interface RunRequest {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly options: Omit<ExecuteOptions, 'stdin' | 'stdout' | 'stderr' | 'interrupt'>;
  /** See stop-words.ts. */
  readonly interrupt: Int32Array;
  readonly stdin: SharedArrayBuffer;
  /** File descriptor of the guest's standard output. */
  readonly stdout: 1 | 2;
  /** Whether spans are told on standard error as they end. */
  readonly tellsSpans?: boolean;
  /** The folder of code that runs before have compiled. */
  readonly codeDirectory?: string | undefined;
}

export type RunMessage<R extends RunData = RunData> =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'done'; readonly result: R }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'io'; readonly code: string; readonly message: string }
  | { readonly kind: 'bug'; readonly stack: string };

const NEWLINE = 10;

/** Where the guest's lines and our messages share a place: standard error, and a terminal that shows both. */
function shownDescriptors(stdout: 1 | 2): readonly (1 | 2)[] {
  if (stdout === 2) return [2];
  try {
    // Loading node:tty takes milliseconds before the first instruction.
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return out.isCharacterDevice() && err.isCharacterDevice() && out.rdev === err.rdev ? [1, 2] : [2];
  } catch {
    return [2];
  }
}

/** Lines of spans that are told one by one: a guest may mark millions. */
const MOST_SPANS = 1000;

function spanTeller(write: (data: Uint8Array) => void): NonNullable<ExecuteOptions['onSpan']> {
  let told = 0;
  return ({ name, instructions }, depth) => {
    if (++told > MOST_SPANS) return;
    const text = `${'  '.repeat(depth)}span ${name}: ${instructions} instructions`;
    const more = told === MOST_SPANS ? '\njit-exec: no more spans are told one by one' : '';
    write(new TextEncoder().encode(`jit-exec: ${printable(text)}${more}\n`));
  };
}

/** Runs the guest by `verb`, with its standard streams joined to those of the process. */
export function outcomeOf<R extends RunData>(
  { name, options, interrupt, stdin, stdout, tellsSpans }: RunRequest,
  verb: (options: ExecuteOptions) => R,
): RunMessage<R> {
  const ask = (): void => parentPort!.postMessage({ kind: 'stdin' } satisfies RunMessage);
  const stopped = (): boolean => isStopped(interrupt);
  const openLine = openLineOf(interrupt);
  const shown = shownDescriptors(stdout);
  const sink =
    (descriptor: 1 | 2) =>
    (data: Uint8Array): void => {
      writeAll(descriptor, data, stopped);
      if (data.length > 0 && shown.includes(descriptor)) openLine[0] = data.at(-1) === NEWLINE ? 0 : 1;
    };
  try {
    const result = verb({
      ...options,
      name,
      interrupt,
      stdin: stdinReader(stdin, interrupt, ask),
      stdout: sink(stdout),
      stderr: sink(2),
      ...(tellsSpans === true ? { onSpan: spanTeller(sink(2)) } : {}),
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
