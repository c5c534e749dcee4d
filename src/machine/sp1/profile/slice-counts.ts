// What is counted of a slice: rows by chip, executions by mnemonic, first touches by the slice before, calls with shards of their own.

import type { GuestText } from '../../../../codegen/program/text.ts';
import type { BlockCounts } from '../../../engine/block-counts.ts';
import type { HotPc, Slice } from '../../../planner/run/run-profile.ts';
import { CHIP_NAMES } from '../records/chips.ts';
import { TALLIES } from '../records/walk/operations.ts';
import { NO_TALLY, type SlotCosts, slotCosts } from '../report/slot-costs.ts';

/** Places in the program that a slice lists. */
const HOT_PCS = 4;

/** By slot: what an instruction adds, and its mnemonic as an index. */
export interface SlotTallies {
  readonly costs: SlotCosts;
  readonly opcodes: Uint16Array;
  readonly names: readonly string[];
  readonly pcOf: (slot: number) => number;
}

export function slotTallies(text: GuestText): SlotTallies {
  const names: string[] = [];
  const indices = new Map<string, number>();
  const opcodes = new Uint16Array(text.slots);
  for (let slot = 0; slot < text.slots; slot++) {
    const mnemonic = text.instructionAt(slot)?.row.mnemonic;
    if (mnemonic === undefined) continue;
    if (!indices.has(mnemonic)) indices.set(mnemonic, names.push(mnemonic) - 1);
    opcodes[slot] = indices.get(mnemonic)!;
  }
  return { costs: slotCosts(text), opcodes, names, pcOf: slot => text.base + 4 * slot };
}

interface Place {
  readonly slot: number;
  count: number;
}

/** Those that are not 0, with their places. */
function listed(counts: Float64Array): [number, number][] {
  const list: [number, number][] = [];
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) list.push([i, counts[i]!]);
  return list;
}

export class SliceCounts {
  readonly #tallies: SlotTallies;
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  readonly #counted = new Float64Array(TALLIES.length);
  readonly #executed: Float64Array;
  /** Touches by the stamp that the word had before, and the stamps that there are. */
  #touched = new Float64Array(1024);
  readonly #stamps: number[] = [];
  #deferred = new Map<number, { calls: number; words: number }>();
  #hot: Place[] = [];

  constructor(tallies: SlotTallies) {
    this.#tallies = tallies;
    this.#executed = new Float64Array(tallies.names.length);
  }

  add(chip: number, rows: number): void {
    this.#rows[chip]! += rows;
  }

  /** `stamp`: number of the slice that had the word before, from 1; 0 for none. */
  touch(stamp: number): void {
    if (stamp >= this.#touched.length) this.#grow(stamp);
    if (this.#touched[stamp]!++ === 0) this.#stamps.push(stamp);
  }

  #grow(stamp: number): void {
    const grown = new Float64Array(2 * stamp);
    grown.set(this.#touched);
    this.#touched = grown;
  }

  #takeTouched(): Slice['touched'] {
    const stamps = this.#stamps.sort((a, b) => a - b);
    const touched = stamps.map(stamp => ({ previous: stamp - 1, words: this.#touched[stamp]! }));
    for (const stamp of stamps) this.#touched[stamp] = 0;
    stamps.length = 0;
    return touched;
  }

  defer(code: number, words: number): void {
    let counts = this.#deferred.get(code);
    if (counts === undefined) {
      counts = { calls: 0, words: 0 };
      this.#deferred.set(code, counts);
    }
    counts.calls++;
    counts.words += words;
  }

  /** Takes what was executed since; gives entries of the trace, and crossings of pages. */
  sweep(blocks: BlockCounts): { readonly entries: number; readonly crossings: number } {
    const { costs, opcodes } = this.#tallies;
    const [counted, executed] = [this.#counted.fill(0), this.#executed];
    let entries = 0;
    let [lastSlot, lastCount] = [-1, 0];
    blocks.sweep((slot, count) => {
      executed[opcodes[slot]!]! += count;
      // The first instruction of those that were done as often one behind the other.
      if (slot !== lastSlot + 1 || count !== lastCount) this.#heat(slot, count);
      lastSlot = slot;
      lastCount = count;
      const tally = costs.tallies[slot]!;
      if (tally === NO_TALLY) return;
      counted[tally]! += count;
      if (costs.accesses[slot] === 1) entries += count;
    });
    let crossings = 0;
    counted.forEach((count, tally) => {
      if (count === 0) return;
      const { chip, isCrossing } = TALLIES[tally]!;
      this.#rows[chip]! += count;
      if (isCrossing) crossings += count;
    });
    return { entries, crossings };
  }

  #heat(slot: number, count: number): void {
    const hot = this.#hot;
    let least = 0;
    for (let i = 0; i < hot.length; i++) {
      if (hot[i]!.slot === slot) {
        hot[i]!.count += count;
        return;
      }
      if (hot[i]!.count < hot[least]!.count) least = i;
    }
    if (hot.length < HOT_PCS) hot.push({ slot, count });
    else if (hot[least]!.count < count) hot[least] = { slot, count };
  }

  /** What was counted, after which counting begins anew. */
  take(): Pick<Slice, 'rows' | 'touched' | 'deferred' | 'deferredWords' | 'opcodes' | 'hot'> {
    const deferred = [...this.#deferred].sort(([a], [b]) => a - b).map(([code, counts]) => ({ code, ...counts }));
    const hot = this.#hot.map(({ slot, count }): HotPc => ({ pc: this.#tallies.pcOf(slot), samples: count }));
    const taken = {
      rows: listed(this.#rows),
      touched: this.#takeTouched(),
      deferred,
      deferredWords: deferred.reduce((all, { words }) => all + words, 0),
      opcodes: listed(this.#executed),
      hot: hot.sort((a, b) => b.samples - a.samples || a.pc - b.pc),
    };
    this.#rows.fill(0);
    this.#executed.fill(0);
    this.#deferred = new Map();
    this.#hot = [];
    return taken;
  }
}
