// The threads of `jit-exec batch`: each takes the next run when it has done one; a run that takes too long is stopped.

import { Worker } from 'node:worker_threads';
import { Ended } from '../status.ts';
import type { BatchMessage, BatchRequest } from '../threads/batch-worker.ts';
import { askToStop, INTERRUPTED, makeStopWords, TIMED_OUT } from '../threads/guest/stop-words.ts';
import type { BatchEntry } from './batch-list.ts';

/** How long a run may take to stop when it is asked to. */
const GRACE_MILLISECONDS = 10_000;

export interface PoolOptions {
  readonly workers: number;
  /** Seconds for each run. */
  readonly timeout: number | undefined;
  readonly options: BatchRequest['options'];
  /** Called once for each entry, in whatever order they end. */
  readonly onDone: (index: number, message: BatchMessage) => void;
}

/** Runs one entry in a thread. */
function runIn(worker: Worker, request: BatchRequest, timeout: number | undefined): Promise<BatchMessage> {
  const timers: NodeJS.Timeout[] = [];
  return new Promise<BatchMessage>((resolve, reject) => {
    const settle = (message: BatchMessage): void => {
      worker.off('error', reject);
      resolve(message);
    };
    worker.once('message', settle);
    worker.once('error', reject);
    worker.postMessage(request);
    if (timeout === undefined) return;
    const late = new Ended('limit', `limit reached: --timeout; ${request.entry.name} could not be stopped in order`);
    const stop = (): void => {
      askToStop(request.interrupt, TIMED_OUT);
      timers.push(setTimeout(() => reject(late), GRACE_MILLISECONDS));
    };
    timers.push(setTimeout(stop, timeout * 1000));
  }).finally(() => {
    for (const timer of timers) clearTimeout(timer);
  });
}

/** Runs all entries; false where a signal ended it before. */
export async function runBatch(entries: readonly BatchEntry[], pool: PoolOptions): Promise<boolean> {
  const { workers, timeout, options, onDone } = pool;
  const running = new Set<Int32Array>();
  let next = 0;
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const words of running) askToStop(words, INTERRUPTED);
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./batch-worker.js', import.meta.url));
    try {
      while (next < entries.length && !isStopped) {
        const index = next++;
        const interrupt = makeStopWords();
        running.add(interrupt);
        const message = await runIn(worker, { entry: entries[index]!, options, interrupt }, timeout);
        running.delete(interrupt);
        onDone(index, message);
      }
    } finally {
      await worker.terminate();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  try {
    await Promise.all(Array.from({ length: Math.min(workers, entries.length) }, work));
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
  return !isStopped;
}
