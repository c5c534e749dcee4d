// A semaphore that counts bytes of device memory: first come, first served, so that a large request is not starved.

import { assert, JitExecError } from '../errors.ts';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

export class Permit {
  readonly total: number;
  #free: number;
  readonly #queue: Waiter[] = [];

  constructor(total: number) {
    this.total = total;
    this.#free = total;
  }

  get free(): number {
    return this.#free;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Waits until that many bytes are free; gives the function that returns them, which may be called more than once.
   * Work of the host is done before: who waits here should hold nothing that others wait for.
   */
  async acquire(bytes: number, signal?: AbortSignal): Promise<() => void> {
    assert(Number.isSafeInteger(bytes) && bytes >= 0, `a permit for ${bytes} bytes`);
    signal?.throwIfAborted();
    if (bytes > this.total) {
      const text = `gpu: ${bytes} bytes of device memory are needed at once, ${this.total} may be used; use smaller shards`;
      throw new JitExecError('GPU_MEMORY', text);
    }
    if (this.#queue.length > 0 || bytes > this.#free) await this.#turn(bytes, signal);
    else this.#free -= bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += bytes;
      this.#admit();
    };
  }

  /** Runs with bytes held; they are given back however it ends. */
  async with<T>(bytes: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(bytes, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #turn(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal!.reason);
        this.#admit(); // it may have stood before smaller ones
      };
      const admit = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const waiter: Waiter = { bytes, admit };
      signal?.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiter);
    });
  }

  #admit(): void {
    for (let first = this.#queue[0]; first !== undefined && first.bytes <= this.#free; first = this.#queue[0]) {
      this.#queue.shift();
      this.#free -= first.bytes; // before others run, or it would be given away twice
      first.admit();
    }
  }
}
