// The worker threads of a pipeline: started together, ended together, and heard by one listener.

import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../runtime/errors.ts';
import type { Bell } from '../../../runtime/trace/bell.ts';
import { receivedError, type SentError } from './sent-error.ts';

export interface Member {
  readonly number: number;
  readonly hasPlace: boolean;
  /** Index of the shard that it makes, or that is in its place until it was handed out. */
  shard: number | undefined;
}

/** What a thread begins with, besides what it is for. */
export type MemberData = Pick<Member, 'number' | 'hasPlace'>;

export class Crew<To, From extends { readonly kind: string }> {
  readonly members: readonly Member[];
  readonly #threads: readonly Worker[];
  readonly #bell: Bell;
  readonly #exits: readonly Promise<void>[];
  #isOver = false;

  constructor(
    script: URL,
    data: readonly MemberData[],
    bell: Bell,
    hear: (message: From) => void,
    fail: (error: Error) => void,
  ) {
    this.#bell = bell;
    this.members = data.map(({ number, hasPlace }) => ({ number, hasPlace, shard: undefined }));
    this.#threads = data.map(workerData => new Worker(script, { workerData }));
    this.#exits = this.#threads.map(thread => {
      thread.on('message', (message: From | { readonly kind: 'error'; readonly error: SentError }) => {
        if ('error' in message && message.kind === 'error') fail(receivedError(message.error as SentError));
        else hear(message as From);
      });
      thread.on('error', error => fail(asEnvironment(error)));
      return new Promise(resolve => {
        thread.on('exit', () => {
          if (!this.#isOver) fail(new JitExecError('ENVIRONMENT', 'a thread of the pipeline ended without a result'));
          resolve();
        });
      });
    });
  }

  tell(number: number, message: To): void {
    this.#threads[number]!.postMessage(message);
    this.#bell.ring();
  }

  tellAll(message: To, but = -1): void {
    for (const { number } of this.members) if (number !== but) this.#threads[number]!.postMessage(message);
    this.#bell.ring();
  }

  /** They have nothing more to do. */
  async dismiss(): Promise<void> {
    this.#isOver = true;
    this.#bell.stop();
    await Promise.all(this.#exits);
  }

  /** They may not go on. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#bell.stop();
    await Promise.all(this.#threads.map(thread => thread.terminate()));
  }
}

/** Of a thread that had too little memory: nobody's bug. */
function asEnvironment(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new JitExecError('ENVIRONMENT', `a thread of the pipeline: ${error.message}`, { cause: error });
}
