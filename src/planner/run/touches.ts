// How many words each interval of a run touches, from where each touch was before.

import { assert } from '../../../runtime/errors.ts';

/** The first touches of a slice that had their words last in slice `previous`, -1 for never. */
export interface Touched {
  readonly previous: number;
  readonly words: number;
}

/** Numbers by position, ascending, with how many there are up to each. */
class Steps {
  readonly #at: Float64Array;
  readonly #sums: Float64Array;

  constructor(entries: readonly (readonly [at: number, count: number])[]) {
    this.#at = Float64Array.from(entries, ([at]) => at);
    let sum = 0;
    this.#sums = Float64Array.from(entries, ([, count]) => (sum += count));
  }

  /** Of all positions before one. */
  before(position: number): number {
    let low = 0;
    for (let high = this.#at.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#at[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#sums[low - 1]!;
  }
}

export class Touches {
  readonly length: number;
  /** Of each slice: its touches by where their words were last. */
  readonly #previous: readonly Steps[];
  /** Of each slice: touches of its words by where they are next. */
  readonly #next: readonly Steps[];
  /** Distinct words of each slice. */
  readonly #words: Float64Array;

  constructor(slices: readonly (readonly Touched[])[]) {
    this.length = slices.length;
    const next = slices.map((): [number, number][] => []);
    this.#words = new Float64Array(slices.length);
    this.#previous = slices.map((touched, i) => {
      for (const { previous, words } of touched) {
        assert(previous >= -1 && previous < i, `slice ${i} cannot have touched words that slice ${previous} has`);
        this.#words[i]! += words;
        if (previous >= 0) next[previous]!.push([i, words]);
      }
      const sorted = touched.toSorted((a, b) => a.previous - b.previous);
      return new Steps(sorted.map(({ previous, words }) => [previous, words] as const));
    });
    this.#next = next.map(entries => new Steps(entries));
  }

  /** What slice `b` adds to the words of [a, b). */
  addedRight(a: number, b: number): number {
    return this.#previous[b]!.before(a);
  }

  /** What slice `a` adds to the words of [a + 1, b). */
  addedLeft(a: number, b: number): number {
    return this.#words[a]! - this.#next[a]!.before(b);
  }

  /** Distinct words of [a, b). */
  within(a: number, b: number): number {
    let words = 0;
    for (let i = a; i < b; i++) words += this.addedRight(a, i);
    return words;
  }
}
