// What an interval of a profiled run needs as a shard: its instructions, cells, what SP1's shape checker counts, rows.

import type { Sequence } from './intervals.ts';
import type { ProfileChip, Slice } from './run-profile.ts';
import { Touches } from './touches.ts';

/** In the order of `needs`. */
export const RESOURCES = ['instructions', 'cells', 'checked cells', 'checked rows'] as const;

/** SP1 pads to whole warps, and has no smaller table. */
const ROW_UNIT = 32;
const LEAST_ROWS = 16;
/** What SP1's checker sets aside at the start of a shard, for padding and for what one more step may add. */
const SET_ASIDE = 2 * 2 ** 18;

/** Rows with padding. */
export const padded = (rows: number): number => Math.max(LEAST_ROWS, Math.ceil(rows / ROW_UNIT) * ROW_UNIT);

export class RunCosts implements Sequence {
  readonly length: number;
  readonly touches: Touches;
  readonly #chips: readonly ProfileChip[];
  readonly #slices: readonly Slice[];
  /** Sums of rows before each slice, chip by chip; then instructions and words of deferred calls. */
  readonly #sums: Float64Array;
  readonly #width: number;

  constructor(chips: readonly ProfileChip[], slices: readonly Slice[]) {
    this.length = slices.length;
    this.touches = new Touches(slices.map(({ touched }) => touched));
    this.#chips = chips;
    this.#slices = slices;
    const width = chips.length + 2;
    this.#width = width;
    this.#sums = new Float64Array(width * (slices.length + 1));
    for (const [i, slice] of slices.entries()) {
      this.#sums.copyWithin(width * (i + 1), width * i, width * (i + 1));
      for (const [chip, rows] of slice.rows) this.#sums[width * (i + 1) + chip]! += rows;
      this.#sums[width * (i + 1) + chips.length]! += slice.instructions;
      this.#sums[width * (i + 1) + chips.length + 1]! += slice.deferredWords;
    }
  }

  joins(i: number): boolean {
    return !this.#slices[i - 1]!.endsChunk;
  }

  #sum(column: number, a: number, b: number): number {
    return this.#sums[this.#width * b + column]! - this.#sums[this.#width * a + column]!;
  }

  instructions(a: number, b: number): number {
    return this.#sum(this.#chips.length, a, b);
  }

  /** Real rows of a chip in [a, b) with so many words. */
  #rows(chip: number, a: number, b: number, words: number): number {
    const { perShard, perWord } = this.#chips[chip]!;
    return perShard + perWord * words + this.#sum(chip, a, b);
  }

  /** Rows by chip of those that the shard has. */
  rows(
    a: number,
    b: number,
    words: number,
  ): readonly { readonly name: string; readonly rows: number; readonly realRows: number }[] {
    return this.#chips.flatMap(({ name, always }, chip) => {
      const realRows = this.#rows(chip, a, b, words);
      return realRows > 0 || always ? [{ name, rows: padded(realRows), realRows }] : [];
    });
  }

  needs(a: number, b: number, words: number): Float64Array {
    const called = words + this.#sum(this.#chips.length + 1, a, b);
    let cells = 0;
    let checked = SET_ASIDE;
    let tallest = 0;
    for (let chip = 0; chip < this.#chips.length; chip++) {
      const { columns, always } = this.#chips[chip]!;
      const rows = this.#rows(chip, a, b, words);
      if (rows === 0 && !always) continue;
      cells += columns * padded(rows);
      const seen = this.#rows(chip, a, b, called);
      checked += columns * padded(seen);
      // The tables have as many rows in every shard.
      if (this.#chips[chip]!.perShard < TABLE_ROWS && seen > tallest) tallest = seen;
    }
    return Float64Array.of(this.instructions(a, b), cells, checked, tallest);
  }

  /** Words that [a, b) touches, and those of them that an earlier slice had. */
  words(a: number, b: number): { readonly touched: number; readonly imported: number } {
    let touched = 0;
    let fresh = 0;
    for (let i = a; i < b; i++) {
      touched += this.touches.addedRight(a, i);
      fresh += this.touches.addedRight(0, i);
    }
    return { touched, imported: touched - fresh };
  }
}

/** Chips that have more rows in every shard are tables, which no limit of height is about. */
const TABLE_ROWS = 2 ** 10;
