/**
 * Guests in threads of their own: the calling thread stays free, and may stop them.
 *
 * @module
 */

import { JitExecError } from '../runtime/errors.ts';
import { INTERRUPT, STOPPED } from '../runtime/layout.ts';
import { type GuestRunOptions, type PortableGuest, type PreparedGuest, prepare } from './prepare.ts';
import { asResult, type RunData, type RunResult } from './result.ts';
import { jsonOf } from './verbs/execute.ts';
import type { TracedChunk, TraceOptions } from './verbs/trace.ts';
import { type FromThread, TAKEN, type ToThread } from './worker-protocol.ts';

export { prepare } from './prepare.ts';

export interface WorkerRunOptions
  extends Omit<GuestRunOptions, 'interrupt' | 'stdin' | 'stdout' | 'stderr' | 'onSpan'> {
  /** Stops the guest; the promise is then rejected with its reason. */
  readonly signal?: AbortSignal;
  /** What the guest writes, in pieces. */
  readonly stdout?: (bytes: Uint8Array) => void;
  readonly stderr?: (bytes: Uint8Array) => void;
  /** Traces the guest (sp1) and hands out each chunk; `raw` stays as it is. The guest waits while four are not taken. */
  readonly onChunk?: TraceOptions['onChunk'];
  readonly chunkEntries?: number;
  readonly layout?: TraceOptions['layout'];
}

export type ChunkRunOptions = Omit<WorkerRunOptions, 'onChunk'>;

interface Thread {
  readonly send: (message: ToThread) => void;
  readonly end: () => void;
}

interface NodeWorker {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  postMessage(message: unknown): void;
  terminate(): void;
}

type WorkerThreads = { readonly Worker: new (url: URL) => NodeWorker };
interface PageWorker {
  onmessage: ((event: { readonly data: FromThread }) => void) | null;
  onerror: ((event: { readonly message: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Host {
  readonly process?: { getBuiltinModule?: (name: string) => WorkerThreads | undefined };
  readonly Worker?: new (url: URL, options: { type: 'module' }) => PageWorker;
}

/** A thread of Node, or of a page. */
function startThread(onMessage: (message: FromThread) => void, onError: (error: Error) => void): Thread {
  const url = new URL('./worker-thread.js', import.meta.url);
  const ended = (): void => onError(new Error('the thread of the guest ended without a result'));
  const threads = (globalThis as Host).process?.getBuiltinModule?.('node:worker_threads');
  if (threads !== undefined) {
    const worker = new threads.Worker(url);
    worker.on('message', message => onMessage(message as FromThread));
    worker.on('error', error => onError(error as Error));
    worker.on('exit', ended);
    return { send: message => worker.postMessage(message), end: () => worker.terminate() };
  }
  const { Worker: PageThread } = globalThis as Host;
  if (PageThread === undefined) throw new JitExecError('ENVIRONMENT', 'runInWorker: the host has no threads');
  const worker = new PageThread(url, { type: 'module' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onError(new Error(message));
  return { send: message => worker.postMessage(message), end: () => worker.terminate() };
}

const portableOf = (guest: PreparedGuest | Uint8Array): PortableGuest =>
  guest instanceof Uint8Array ? prepare(guest).portable : guest.portable;

/** Takes a chunk; `taken` is to be called when there is room for another one. */
type Hand = (chunk: TracedChunk, taken: () => void) => void;

type StartOptions = ChunkRunOptions & { readonly hand: Hand | undefined };

function start(
  guest: PreparedGuest | Uint8Array,
  { signal, stdout, stderr, hand, ...options }: StartOptions,
): Promise<RunResult> {
  return new Promise<RunResult>((resolve, reject) => {
    const portable = portableOf(guest);
    signal?.throwIfAborted();
    const words = new Int32Array(new SharedArrayBuffer(4 * INTERRUPT.words));
    const stop = (): void => void Atomics.store(words, INTERRUPT.stop, STOPPED.interrupted);
    const taken = (): void => {
      Atomics.add(words, TAKEN, 1);
      Atomics.notify(words, TAKEN);
    };
    const end = (): void => {
      signal?.removeEventListener('abort', stop);
      thread.end();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const done = (data: RunData): void => {
      if (signal?.aborted && data.exit.kind === 'interrupted') {
        fail(signal.reason);
        return;
      }
      end();
      resolve(asResult(data, () => jsonOf(data, portable.program, options.inputs)));
    };
    const onMessage = (message: FromThread): void => {
      try {
        if (message.kind === 'stdout') stdout?.(message.bytes);
        else if (message.kind === 'stderr') stderr?.(message.bytes);
        else if (message.kind === 'chunk') hand?.(message.chunk, taken);
        else if (message.kind === 'done') done(message.result);
        else if (message.kind === 'error') fail(errorOf(message));
      } catch (error) {
        fail(error);
      }
    };
    const thread = startThread(onMessage, fail);
    signal?.addEventListener('abort', stop);
    const wants = { stdout: stdout !== undefined, stderr: stderr !== undefined, chunks: hand !== undefined };
    thread.send({ guest: portable, options, words, wants });
  });
}

/**
 * Runs a guest in a thread of its own. Rejects with a JitExecError for what the caller did wrong, with the reason of the
 * signal where that stopped it; what the guest does wrong is in `exit`.
 */
export function runInWorker(
  guest: PreparedGuest | Uint8Array,
  { onChunk, ...options }: WorkerRunOptions = {},
): Promise<RunResult> {
  if (onChunk === undefined) return start(guest, { ...options, hand: undefined });
  return start(guest, {
    ...options,
    hand: (chunk, taken) => {
      onChunk(chunk);
      taken();
    },
  });
}

const errorOf = ({ code, message }: Extract<FromThread, { kind: 'error' }>): Error =>
  code === undefined ? new Error(message) : new JitExecError(code, message);

/**
 * The chunks of a guest's trace, as they are made in a thread of their own; what the generator returns is the result.
 * The guest waits while chunks are not taken; leaving the loop stops it.
 */
export async function* chunksInWorker(
  guest: PreparedGuest | Uint8Array,
  options: ChunkRunOptions = {},
): AsyncGenerator<TracedChunk, RunResult> {
  const left = new AbortController();
  const { signal: given } = options;
  const signal = given === undefined ? left.signal : AbortSignal.any([given, left.signal]);
  const waiting: { readonly chunk: TracedChunk; readonly taken: () => void }[] = [];
  const state = { isDone: false, wake: (): void => undefined };
  const hand: Hand = (chunk, taken) => {
    waiting.push({ chunk, taken });
    state.wake();
  };
  const run = start(guest, { ...options, signal, hand });
  const over = (): void => {
    state.isDone = true;
    state.wake();
  };
  const ended = run.then(over, over);
  try {
    while (waiting.length > 0 || !state.isDone) {
      const next = waiting.shift();
      if (next === undefined) {
        await new Promise<void>(resolve => {
          state.wake = resolve;
        });
      } else {
        yield next.chunk;
        next.taken();
      }
    }
    return await run;
  } finally {
    left.abort();
    await ended;
  }
}
