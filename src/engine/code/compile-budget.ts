// How much of a run may go into translation: a program of much code and little repetition is better interpreted.

import type { GuestText } from '../../../codegen/program/text.ts';

/**
 * Whether translating all of a program's hot functions would cost too much: of a large one only code that was reached
 * is translated. On a guest of 98 million instructions and 500,000 of code those are 33,000 instructions instead of
 * 110,000 where there is no bound. A small program keeps its functions whole, and together with those that they call.
 */
export const isLarge = (text: GuestText): boolean => text.slots > 2 ** 14;

export const sizeOf = (text: GuestText): 'small' | 'large' => (isLarge(text) ? 'large' : 'small');

/**
 * Translation may take up to this part of the time that the interpreter takes for the instructions so far, by the cost
 * below: also what a guest of little repetition can be worse off, beyond the allowance and one batch. Large programs are
 * those that repeat little: blocks of 47 and 98 million instructions take 0.9 of the time that they take with the share
 * of small ones.
 */
const SHARE = { small: 0.45, large: 0.15 } as const;
/** Instructions that any program may have translated at once. */
const ALLOWANCE = { small: 1000, large: 300 } as const;
/** The interpreter's instructions in the time of translating, compiling and warming up one, with WebAssembly: 25 us. */
const COST = 13_000;

/** Counts instructions, not time, so that a run translates the same on any machine however busy. */
export class CompileBudget {
  readonly #executed: () => number;
  readonly #allowance: number;
  /** Instructions to translate for each that was executed. */
  readonly #rate: number;
  #translated = 0;

  /** `executed`: guest instructions so far; `weight`: what translation costs in terms of WebAssembly's. */
  constructor(executed: () => number, weight: number, size: 'small' | 'large') {
    this.#executed = executed;
    this.#allowance = ALLOWANCE[size];
    this.#rate = SHARE[size] / (weight * COST);
  }

  /** Whether code may be translated; the last region may go beyond the bound. */
  get hasLeft(): boolean {
    return this.#translated < this.#allowance + this.#rate * this.#executed();
  }

  /** Remembers what was translated. */
  spend(instructions: number): void {
    this.#translated += instructions;
  }
}
