// How much of a run may go into translation: a program of much code and little repetition is better interpreted.

import type { Text } from '../codegen/predecode.ts';

/**
 * Whether translating all of a program's hot functions would cost too much: of a large one only code that was reached
 * is translated. On a guest of 98 million instructions and 500,000 of code those are 33,000 instructions instead of
 * 110,000 where there is no bound. A small program keeps its functions whole, and together with those that they call.
 */
export const isLarge = (text: Text): boolean => text.slots > 2 ** 14;

/**
 * Translation may take up to this part of the time that the interpreter takes for the instructions so far, by the costs
 * below: also what a guest of little repetition can be worse off, beyond the allowance and one region.
 */
const SHARE = 0.45;
/** Instructions that any program may have translated at once. */
const ALLOWANCE = 1000;
/** The interpreter's instructions in the time of translating, compiling and warming up one, with WebAssembly: 25 us. */
const COST = 13_000;

/** Counts instructions, not time, so that a run translates the same on any machine however busy. */
export class CompileBudget {
  readonly #executed: () => number;
  readonly #cost: number;
  #translated = 0;

  /** `executed`: guest instructions so far; `weight`: what translation costs in terms of WebAssembly's. */
  constructor(executed: () => number, weight: number) {
    this.#executed = executed;
    this.#cost = weight * COST;
  }

  /** Whether code may be translated; the last region may go beyond the bound. */
  get hasLeft(): boolean {
    return this.#translated < ALLOWANCE + (SHARE / this.#cost) * this.#executed();
  }

  /** Remembers what was translated. */
  spend(instructions: number): void {
    this.#translated += instructions;
  }
}
