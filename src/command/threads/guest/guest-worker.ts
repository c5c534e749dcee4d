// Threads for guests. The one for a plain run may be started before anybody knows what it will be given.

import { Worker } from 'node:worker_threads';

/** CommonJS, which a thread loads some 20 ms sooner than a module. */
export const RUN_WORKER: URL = new URL('./run-worker.cjs', import.meta.url);

let early: Worker | undefined;

/** Starts the thread of a run, which then waits for its request. */
export function startGuestThread(): void {
  early = new Worker(RUN_WORKER);
}

/** A thread that runs `script` and waits for a request as its first message. */
export function guestThread(script: URL): Worker {
  if (early === undefined || script.href !== RUN_WORKER.href) return new Worker(script);
  const worker = early;
  early = undefined;
  return worker;
}
