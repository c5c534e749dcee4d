// How many words each interval of a run touches, from where each touch was before.

import { assert } from '../../../runtime/errors.ts';

/** The first touches of a slice that had their words last in slice `previous`, -1 for never. */
export interface Touched {
  readonly previous: number;
  readonly words: number;
}

/** Of each slice numbers by position, ascending, each with how many there are up to it; all in three arrays. */
class Steps {
  /** Where those of each slice begin. */
  readonly #starts: Int32Array;
  readonly #at: Float64Array;
  readonly #sums: Float64Array;

  /** `counts`: how many there are of each slice. */
  constructor(counts: Int32Array) {
    this.#starts = new Int32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) this.#starts[i + 1] = this.#starts[i]! + counts[i]!;
    this.#at = new Float64Array(this.#starts[counts.length]!);
    this.#sums = new Float64Array(this.#at.length);
  }

  /** The `k`th of a slice, behind those before it. */
  set(slice: number, k: number, position: number, count: number): void {
    const at = this.#starts[slice]! + k;
    this.#at[at] = position;
    this.#sums[at] = count + (k === 0 ? 0 : this.#sums[at - 1]!);
  }

  /** Of all positions of a slice before one. */
  before(slice: number, position: number): number {
    const start = this.#starts[slice]!;
    let low = start;
    for (let high = this.#starts[slice + 1]!; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#at[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === start ? 0 : this.#sums[low - 1]!;
  }
}

/** By the slices before, ascending. */
function ascending(touched: readonly Touched[]): readonly Touched[] {
  for (let k = 1; k < touched.length; k++)
    if (touched[k - 1]!.previous > touched[k]!.previous) return touched.toSorted((a, b) => a.previous - b.previous);
  return touched;
}

export class SliceTouches {
  readonly length: number;
  /** Of each slice: its touches by where their words were last. */
  readonly #previous: Steps;
  /** Of each slice: touches of its words by where they are next. */
  readonly #next: Steps;
  /** Distinct words of each slice. */
  readonly #words: Float64Array;

  constructor(given: readonly (readonly Touched[])[]) {
    const length = given.length;
    const slices = given.map(ascending);
    this.length = length;
    this.#words = new Float64Array(length);
    const later = new Int32Array(length);
    for (let i = 0; i < length; i++) countLater(slices[i]!, i, later);
    this.#previous = new Steps(Int32Array.from(slices, touched => touched.length));
    this.#next = new Steps(later);
    later.fill(0);
    for (let i = 0; i < length; i++) {
      const touched = slices[i]!;
      for (let k = 0; k < touched.length; k++) {
        const { previous, words } = touched[k]!;
        this.#words[i]! += words;
        this.#previous.set(i, k, previous, words);
        if (previous >= 0) this.#next.set(previous, later[previous]!++, i, words);
      }
    }
  }

  /** What slice `b` adds to the words of [a, b). */
  addedRight(a: number, b: number): number {
    return this.#previous.before(b, a);
  }

  /** What slice `a` adds to the words of [a + 1, b). */
  addedLeft(a: number, b: number): number {
    return this.#words[a]! - this.#next.before(a, b);
  }

  /** Distinct words of [a, b). */
  within(a: number, b: number): number {
    let words = 0;
    for (let i = a; i < b; i++) words += this.addedRight(a, i);
    return words;
  }
}

/** `later`: of each slice, how many slices have touched its words next. */
function countLater(touched: readonly Touched[], slice: number, later: Int32Array): void {
  for (let k = 0; k < touched.length; k++) {
    const { previous } = touched[k]!;
    // A message is made only where it is wanted: it takes longer than all else here.
    if (previous < -1 || previous >= slice)
      assert(false, `slice ${slice} cannot have touched words that slice ${previous} has`);
    if (previous >= 0) later[previous]!++;
  }
}
