// How much of a run may go into translation: a program of much code and little repetition is better interpreted.

import type { Text } from '../codegen/predecode.ts';

/**
 * Whether translating all of a program's hot functions would cost too much: of a large one only code that was reached
 * is translated. On a guest of 98 million instructions and 500,000 of code those are 33,000 instructions instead of
 * 110,000 where there is no bound. A small program keeps its functions whole, and together with those that they call.
 */
export const isLarge = (text: Text): boolean => text.slots > 2 ** 14;

/** Translation may take up to this part of the time since the start. On the guest above, processor time of the main
 * thread, best of three on a busy machine: 1.86 s interpreted; with WebAssembly and a part of 0.2 1.93 s, 0.35 1.75 s,
 * 0.5 1.69 s, 0.8 1.78 s. The less of these two, for guests that repeat less. */
const SHARE = 0.35;
/** Milliseconds that any program may spend on it at once. */
const ALLOWANCE = 40;

export class CompileBudget {
  readonly #start = performance.now();
  readonly #weight: number;
  #spent = 0;

  /** `weight`: what a translation costs in all, in terms of the time that it takes here. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  get isOpen(): boolean {
    return this.#spent < ALLOWANCE + SHARE * (performance.now() - this.#start);
  }

  /** Runs a translation and remembers what it took. */
  spend(translate: () => void): void {
    const start = performance.now();
    translate();
    this.#spent += this.#weight * (performance.now() - start);
  }
}
