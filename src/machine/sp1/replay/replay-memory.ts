// Guest memory as a replay sees it: every access takes its old (clk, value) from the chunk's entries, and where the replay
// knows better itself, the two must agree.

import { ENTRY_BYTES } from '../../../../runtime/layout.ts';
import { GuestMemory, type MemoryPlan } from '../../../../runtime/memory/memory.ts';

/** What a replay may know of memory before a chunk: nothing, or all that the chunks before it left behind. */
export type ReplayHistory = 'chunk' | 'run';

/** What did not agree. */
export interface Mismatch {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

const ENTRY_WORDS = ENTRY_BYTES / 4;
const HIGH = 4294967296;
/** Both words of the stamp of hinted memory (no clk, these are below 2^63), whose clk is 0 and whose value the trace does not have. */
const HINTED = -1;

export class ReplayMemory {
  readonly memory: GuestMemory;
  /** The first disagreement. */
  mismatch: Mismatch | undefined;
  /** Told of it at once. */
  onMismatch: () => void = () => undefined;
  /** clk of the instruction that touches, less 1, when it has no fuel left. */
  clkBase = 0;
  clkHigh = 0;
  readonly #history: ReplayHistory;
  readonly #values: Int32Array;
  /** Stamps as pairs of words, at the index of the doubleword's own words. */
  readonly #stamps: Int32Array;
  #entries: Int32Array = new Int32Array(0);
  #next = 0;
  #startLow = 0;
  #startHigh = 0;

  constructor(plan: Omit<MemoryPlan, 'extraBytes'>, history: ReplayHistory) {
    this.memory = GuestMemory.create({ ...plan, extraBytes: plan.areaBytes });
    this.#history = history;
    this.#values = this.memory.i32;
    this.#stamps = new Int32Array(this.memory.buffer, this.memory.extra, plan.areaBytes / 4);
  }

  /** Goes on with the entries of a chunk that starts at `clkStart`. */
  begin(entries: Uint8Array, clkStart: number): void {
    const isAligned = entries.byteOffset % 4 === 0;
    const bytes = isAligned ? entries : entries.slice();
    this.#entries = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    this.#next = 0;
    this.#startLow = clkStart >>> 0;
    this.#startHigh = Math.floor(clkStart / HIGH);
    this.mismatch = undefined;
  }

  get entriesTaken(): number {
    return this.#next / ENTRY_WORDS;
  }

  get entriesLeft(): number {
    return (this.#entries.length - this.#next) / ENTRY_WORDS;
  }

  fail(what: string, expected: string, found: string): void {
    if (this.mismatch !== undefined) return;
    this.mismatch = { what, expected, found };
    this.onMismatch();
  }

  /** A load or store at an area offset by an instruction that has `fuel` left. */
  readonly touch = (offset: number, fuel: number): void => {
    this.take(offset);
    const at = (offset >>> 3) << 1;
    this.#stamps[at] = (this.clkBase - (fuel << 3) + 1) | 0;
    this.#stamps[at + 1] = this.clkHigh;
  };

  stamp(offset: number, clk: number): void {
    const at = (offset >>> 3) << 1;
    this.#stamps[at] = clk | 0;
    this.#stamps[at + 1] = Math.floor(clk / HIGH);
  }

  /** Takes the next entry as what the doubleword at an area offset is. */
  take(offset: number): void {
    const at = (offset >>> 3) << 1;
    const e = this.#next;
    const entries = this.#entries;
    if (e >= entries.length) {
      this.fail(`memory entry ${this.entriesTaken}`, `one for ${this.#place(offset)}`, 'the end of the chunk');
      return;
    }
    this.#next = e + ENTRY_WORDS;
    if (
      entries[e + 1]! >= 0 &&
      entries[e] === this.#stamps[at] &&
      entries[e + 1] === this.#stamps[at + 1] &&
      entries[e + 2] === this.#values[at] &&
      entries[e + 3] === this.#values[at + 1]
    ) {
      return;
    }
    this.#takeUnknown(at, e);
  }

  /** The entry is not what memory holds: right only where the replay cannot know. */
  #takeUnknown(at: number, e: number): void {
    const entries = this.#entries;
    const isHinted = this.#stamps[at] === HINTED && this.#stamps[at + 1] === HINTED;
    const isKnown = !isHinted && (this.#history === 'run' || this.#isSinceStart(this.#stamps, at));
    const isPlausible = isHinted ? entries[e] === 0 && entries[e + 1] === 0 : !this.#isSinceStart(entries, e);
    if (isKnown || !isPlausible) {
      const earlier = isHinted ? 'clk 0, a hint' : `a clk before the chunk's`;
      this.fail(
        `memory entry ${e / ENTRY_WORDS} of ${this.#place(4 * at)}`,
        isKnown ? pairText(this.#stamps, at, this.#values, at) : earlier,
        pairText(entries, e, entries, e + 2),
      );
      return;
    }
    this.#values[at] = entries[e + 2]!;
    this.#values[at + 1] = entries[e + 3]!;
  }

  #isSinceStart(words: Int32Array, at: number): boolean {
    const high = words[at + 1]! >>> 0;
    return high > this.#startHigh || (high === this.#startHigh && words[at]! >>> 0 >= this.#startLow);
  }

  /** Takes an entry that is not of memory and must have clk 2^64 - 1; gives its value. */
  takeValue(): bigint {
    const e = this.#next;
    const entries = this.#entries;
    if (e >= entries.length) {
      this.fail(`memory entry ${this.entriesTaken}`, 'the length of an input', 'the end of the chunk');
      return 0n;
    }
    this.#next = e + ENTRY_WORDS;
    if (entries[e] !== -1 || entries[e + 1] !== -1) {
      this.fail(`memory entry ${e / ENTRY_WORDS}`, 'clk 2^64 - 1', pairText(entries, e, entries, e + 2));
    }
    return (BigInt(entries[e + 3]! >>> 0) << 32n) | BigInt(entries[e + 2]! >>> 0);
  }

  /** Input was stored there, which the trace has only where it is read later. */
  hint(offset: number): void {
    const at = (offset >>> 3) << 1;
    const stamp = this.#history === 'run' ? HINTED : 0;
    this.#stamps[at] = stamp;
    this.#stamps[at + 1] = stamp;
  }

  /** Guest address of an area offset, where it is in a window. */
  #place(offset: number): string {
    const { windowBase, windowBits, farBase, farBytes } = this.memory.plan;
    const aligned = (offset >>> 3) * 8;
    if (aligned < 2 ** windowBits) return `0x${(windowBase + aligned).toString(16)}`;
    const far = aligned - this.memory.translate(farBase | 0, Math.floor(farBase / HIGH));
    return far >= 0 && far < farBytes ? `0x${(farBase + far).toString(16)}` : 'an address outside the windows';
  }
}

function pairText(clks: Int32Array, i: number, values: Int32Array, j: number): string {
  const word = (words: Int32Array, at: number): bigint =>
    (BigInt(words[at + 1]! >>> 0) << 32n) | BigInt(words[at]! >>> 0);
  return `(clk ${word(clks, i)}, 0x${word(values, j).toString(16)})`;
}
