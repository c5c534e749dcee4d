// The calls of a list in shared memory, taken one by one: what the threads of a crew agree on.

import type { LaneCall } from './calls.ts';

/** Calls of one list; longer ones are posted in parts. */
export const BOARD_CALLS = 4096;
/** The function, how many parameters, the parameters. */
const CALL_WORDS = 12;

// Words of the header.
const BELL = 0;
const TICKET = 1;
const COUNT = 2;
const DONE = 3;
const STATE = 4;
const TEXT_LENGTH = 5;
const CALLS = 16;

/** The ticket has the number of the list above that of the next call. */
const LIST_BITS = 16;
const NEXT_MASK = 2 ** LIST_BITS - 1;

const STOPPED = 1;
/** Somebody says how it failed; then it has. */
const FAILING = 2;
const FAILED = 4;

/** Bytes of what is said. */
const TEXT_BYTES = 4096;
const WORDS = CALLS + BOARD_CALLS * CALL_WORDS;
/** More than the calls of any list: nobody takes it for the number of those done. */
const NEVER = 2 ** 20;

export class Board {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4 * WORDS + TEXT_BYTES)) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, WORDS);
  }

  /** A new list, when the one before is done. */
  post(calls: readonly LaneCall[]): void {
    const words = this.#words;
    const list = (Atomics.load(words, TICKET) >>> LIST_BITS) + 1;
    // Nothing can be taken while the list changes: who read the old ticket fails to exchange it.
    Atomics.store(words, TICKET, (list << LIST_BITS) | NEXT_MASK);
    for (const [i, [index, ...parameters]] of calls.entries()) {
      const at = CALLS + i * CALL_WORDS;
      words[at] = index;
      words[at + 1] = parameters.length;
      words.set(parameters, at + 2);
    }
    Atomics.store(words, DONE, 0);
    Atomics.store(words, COUNT, calls.length);
    Atomics.store(words, TICKET, list << LIST_BITS);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  }

  /** A call that nobody else takes, undefined where there is none, or where nobody goes on. */
  take(): LaneCall | undefined {
    const words = this.#words;
    while (Atomics.load(words, STATE) === 0) {
      const ticket = Atomics.load(words, TICKET);
      const next = ticket & NEXT_MASK;
      if (next >= Atomics.load(words, COUNT)) return undefined;
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) !== ticket) continue;
      const at = CALLS + next * CALL_WORDS;
      return [words[at]!, ...words.subarray(at + 2, at + 2 + words[at + 1]!)];
    }
    return undefined;
  }

  finish(): void {
    const words = this.#words;
    if (Atomics.add(words, DONE, 1) + 1 === Atomics.load(words, COUNT)) Atomics.notify(words, DONE);
  }

  /** Sleeps until all calls are done, or one never will be. */
  waitForAll(): void {
    const words = this.#words;
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === Atomics.load(words, COUNT) || this.failure !== undefined) return;
      Atomics.wait(words, DONE, done);
    }
  }

  get bell(): number {
    return Atomics.load(this.#words, BELL);
  }

  /** Sleeps unless the bell rang since it was looked at. */
  sleep(bell: number): void {
    Atomics.wait(this.#words, BELL, bell);
  }

  get isStopped(): boolean {
    return (Atomics.load(this.#words, STATE) & STOPPED) !== 0;
  }

  /** What was said first of a failure. */
  get failure(): string | undefined {
    const words = this.#words;
    if ((Atomics.load(words, STATE) & FAILED) === 0) return undefined;
    const bytes = new Uint8Array(this.shared, 4 * WORDS, Atomics.load(words, TEXT_LENGTH));
    return new TextDecoder().decode(bytes.slice());
  }

  /** Nothing more is done; who waits is woken. */
  fail(text: string): void {
    const words = this.#words;
    if ((Atomics.or(words, STATE, FAILING) & FAILING) !== 0) return;
    const bytes = new TextEncoder().encode(text).subarray(0, TEXT_BYTES);
    new Uint8Array(this.shared, 4 * WORDS).set(bytes);
    Atomics.store(words, TEXT_LENGTH, bytes.length);
    Atomics.or(words, STATE, FAILED);
    Atomics.add(words, DONE, NEVER);
    Atomics.notify(words, DONE);
  }

  stop(): void {
    Atomics.or(this.#words, STATE, STOPPED);
    Atomics.add(this.#words, BELL, 1);
    Atomics.notify(this.#words, BELL);
  }
}
