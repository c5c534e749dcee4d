// What an interval of a profiled run needs as a shard: its instructions, cells, what SP1's shape checker counts, rows.

import type { Sequence } from './intervals.ts';
import type { ProfileChip, Slice } from './run-profile.ts';
import { SliceTouches } from './touches.ts';

/** In the order of `needs`. */
export const RESOURCES = ['instructions', 'cells', 'checked cells', 'checked rows'] as const;

/** SP1 pads to whole warps, and has no smaller table. */
const ROW_UNIT = 32;
const LEAST_ROWS = 16;
/** What SP1's checker sets aside at the start of a shard, for padding and for what one more step may add. */
const SET_ASIDE = 2 * 2 ** 18;

/** Rows with padding. */
export const roundedRows = (rows: number): number => Math.max(LEAST_ROWS, Math.ceil(rows / ROW_UNIT) * ROW_UNIT);

export class RunCosts implements Sequence {
  readonly length: number;
  readonly touches: SliceTouches;
  readonly #chips: readonly ProfileChip[];
  /** Of each chip, as the interface has them; whether it is in every shard, and whether a limit of height is about it. */
  readonly #columns: Float64Array;
  readonly #perShard: Float64Array;
  readonly #perWord: Float64Array;
  readonly #isAlways: Uint8Array;
  readonly #isLimited: Uint8Array;
  /** What was asked for last. */
  readonly #needs = new Float64Array(RESOURCES.length);
  readonly #slices: readonly Slice[];
  /** Sums of rows before each slice, chip by chip; then instructions and words of deferred calls. */
  readonly #sums: Float64Array;
  readonly #width: number;

  constructor(chips: readonly ProfileChip[], slices: readonly Slice[]) {
    this.length = slices.length;
    this.touches = new SliceTouches(slices.map(({ touched }) => touched));
    this.#chips = chips;
    this.#columns = Float64Array.from(chips, chip => chip.columns);
    this.#perShard = Float64Array.from(chips, chip => chip.perShard);
    this.#perWord = Float64Array.from(chips, chip => chip.perWord);
    this.#isAlways = Uint8Array.from(chips, chip => (chip.always ? 1 : 0));
    // The tables have as many rows in every shard.
    this.#isLimited = Uint8Array.from(chips, chip => (chip.perShard < TABLE_ROWS ? 1 : 0));
    this.#slices = slices;
    const width = chips.length + 2;
    this.#width = width;
    this.#sums = new Float64Array(width * (slices.length + 1));
    const sums = this.#sums;
    for (let i = 0; i < slices.length; i++) {
      const { rows, instructions, deferredWords } = slices[i]!;
      const at = width * (i + 1);
      sums.copyWithin(at, at - width, at);
      for (let k = 0; k < rows.length; k++) sums[at + rows[k]![0]]! += rows[k]![1];
      sums[at + chips.length]! += instructions;
      sums[at + chips.length + 1]! += deferredWords;
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
    return this.#perShard[chip]! + this.#perWord[chip]! * words + this.#sum(chip, a, b);
  }

  /** Rows by chip of those that the shard has. */
  rows(
    a: number,
    b: number,
    words: number,
  ): readonly { readonly name: string; readonly rows: number; readonly realRows: number }[] {
    return this.#chips.flatMap(({ name, always }, chip) => {
      const realRows = this.#rows(chip, a, b, words);
      return realRows > 0 || always ? [{ name, rows: roundedRows(realRows), realRows }] : [];
    });
  }

  /** Holds until it is asked for again: a plan asks for each of its slices several times. */
  needs(a: number, b: number, words: number): Float64Array {
    const [sums, columns, perShard, perWord] = [this.#sums, this.#columns, this.#perShard, this.#perWord];
    const [from, to] = [this.#width * a, this.#width * b];
    const called = words + this.#sum(columns.length + 1, a, b);
    let cells = 0;
    let checked = SET_ASIDE;
    let tallest = 0;
    for (let chip = 0; chip < columns.length; chip++) {
      const own = perShard[chip]! + sums[to + chip]! - sums[from + chip]!;
      const rows = own + perWord[chip]! * words;
      if (rows === 0 && this.#isAlways[chip] === 0) continue;
      cells += columns[chip]! * roundedRows(rows);
      const seen = own + perWord[chip]! * called;
      checked += columns[chip]! * roundedRows(seen);
      if (this.#isLimited[chip] === 1 && seen > tallest) tallest = seen;
    }
    const needs = this.#needs;
    needs[0] = this.instructions(a, b);
    needs[1] = cells;
    needs[2] = checked;
    needs[3] = tallest;
    return needs;
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
