// What is counted of a slice while it is walked.

import type { Slice } from '../../../planner/run/run-profile.ts';
import { CHIP_NAMES } from '../records/chips.ts';

/** Places in the program that a slice lists. */
const HOT_PCS = 4;
const REGISTERS = 32;

export class SliceCounts {
  /** The slice that touched each doubleword last, by itself and not by a call with a shard of its own. */
  readonly #last = new Map<number, number>();
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  /** Touches by the slice that had the word before. */
  #touched = new Map<number, number>();
  #deferred = new Map<number, { calls: number; words: number }>();
  #samples = new Map<number, number>();
  #slice = 0;

  begin(slice: number): void {
    this.#slice = slice;
    this.#rows.fill(0);
    this.#touched = new Map();
    this.#deferred = new Map();
    this.#samples = new Map();
  }

  add(chip: number, rows: number): void {
    this.#rows[chip]! += rows;
  }

  touch(address: number): void {
    // SP1 keeps it under the number of a register, which every shard has.
    if (address < REGISTERS) return;
    const previous = this.#last.get(address) ?? -1;
    if (previous === this.#slice) return;
    this.#last.set(address, this.#slice);
    this.#touched.set(previous, (this.#touched.get(previous) ?? 0) + 1);
  }

  /** A call with a shard of its own had the doubleword: whoever touches it next has it anew, in whichever shard. */
  release(address: number): void {
    this.#last.delete(address);
  }

  defer(code: number, words: number): void {
    const { calls, words: before } = this.#deferred.get(code) ?? { calls: 0, words: 0 };
    this.#deferred.set(code, { calls: calls + 1, words: before + words });
  }

  sample(pc: number): void {
    this.#samples.set(pc, (this.#samples.get(pc) ?? 0) + 1);
  }

  end(): Pick<Slice, 'rows' | 'touched' | 'deferred' | 'deferredWords' | 'hot'> {
    const rows = [...this.#rows.entries()].filter(([, count]) => count > 0);
    const deferred = [...this.#deferred].sort(([a], [b]) => a - b).map(([code, counts]) => ({ code, ...counts }));
    const hot = [...this.#samples].map(([pc, samples]) => ({ pc, samples }));
    return {
      rows,
      touched: [...this.#touched].sort(([a], [b]) => a - b).map(([previous, words]) => ({ previous, words })),
      deferred,
      deferredWords: deferred.reduce((all, { words }) => all + words, 0),
      hot: hot.sort((a, b) => b.samples - a.samples || a.pc - b.pc).slice(0, HOT_PCS),
    };
  }
}
