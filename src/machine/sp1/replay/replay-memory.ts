// Guest memory as a replay sees it: every access takes its old (clk, value) from the chunk's entries, and where the replay
// knows better itself, the two must agree.

import { CONTROL, ENTRY_BYTES, ENTRY_WORDS, HIGH } from '../../../../runtime/layout.ts';
import type { GuestMemory } from '../../../../runtime/memory/memory.ts';

/** What a replay may know of memory before a chunk: nothing, or all that the chunks before it left behind. */
export type ReplayHistory = 'chunk' | 'run';

/** What did not agree. */
export interface Mismatch {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

/** Entries that lie in the arena at a time, where WebAssembly can reach them. */
export const WINDOW_ENTRIES: number = 2 ** 14;
export const WINDOW_BYTES: number = ENTRY_BYTES * WINDOW_ENTRIES;
/** Both words of the stamp of hinted memory (no clk, these are below 2^63), whose clk is 0 and whose value the trace does not have. */
const HINTED = -1;

export class ReplayMemory {
  readonly memory: GuestMemory;
  /** The first disagreement. */
  mismatch: Mismatch | undefined;
  /** Told of it at once. */
  onMismatch: () => void = () => undefined;
  /** Told the area offset of a hinted doubleword when an entry has said what it holds, and when another hint covers it. */
  onHint: (offset: number, isKnown: boolean) => void = () => undefined;
  /** Hinted doublewords by area offset, with what they held if an entry has said so; kept only where that is asked for. */
  hints: Map<number, bigint | undefined> | undefined;
  readonly #history: ReplayHistory;
  readonly #control: Int32Array;
  readonly #values: Int32Array;
  /** Stamps as pairs of words, at the index of the doubleword's own words. */
  readonly #stamps: Int32Array;
  /** The whole arena, in which the entries at hand lie. */
  readonly #words: Int32Array;
  /** Of the window, in words of the arena. */
  readonly #window: number;
  #windowEnd = 0;
  /** Entries of the chunk that are not in the window yet, and how many were there before it. */
  #rest: Uint8Array = new Uint8Array(0);
  #before = 0;
  #startLow = 0;
  #startHigh = 0;

  /** In a memory that was made with stamps, and with WINDOW_BYTES for entries. */
  constructor(memory: GuestMemory, history: ReplayHistory) {
    const { stamps, window } = memory.arena;
    this.memory = memory;
    this.#history = history;
    this.#control = memory.control;
    this.#values = memory.i32;
    this.#stamps = new Int32Array(memory.buffer, stamps.offset, stamps.bytes / 4);
    this.#words = new Int32Array(memory.buffer);
    this.#window = window.offset / 4;
  }

  /** Goes on with the entries of a chunk that starts at `clkStart`. */
  begin(entries: Uint8Array, clkStart: number): void {
    this.#rest = entries;
    this.#before = 0;
    this.#windowEnd = this.#window;
    this.#control[CONTROL.traceTail] = this.#window;
    this.#startLow = clkStart >>> 0;
    this.#startHigh = Math.floor(clkStart / HIGH);
    this.mismatch = undefined;
    this.#fill();
  }

  /** Where the next entry is, in words of the arena. */
  get #next(): number {
    return this.#control[CONTROL.traceTail]!;
  }

  get entriesTaken(): number {
    return this.#before + (this.#next - this.#window) / ENTRY_WORDS;
  }

  get entriesLeft(): number {
    return (this.#windowEnd - this.#next) / ENTRY_WORDS + this.#rest.length / ENTRY_BYTES;
  }

  /** Makes the next entries those at hand, where all at hand were taken. Interpreters leave at the limit. */
  fill(): void {
    if (this.#next >= this.#windowEnd && this.#rest.length > 0 && this.mismatch === undefined) this.#fill();
  }

  #fill(): void {
    this.#before = this.entriesTaken;
    const part = this.#rest.subarray(0, WINDOW_BYTES);
    new Uint8Array(this.#words.buffer, 4 * this.#window).set(part);
    this.#rest = this.#rest.subarray(part.length);
    this.#windowEnd = this.#window + part.length / 4;
    this.#control[CONTROL.traceTail] = this.#window;
    this.#control[CONTROL.traceLimit] = this.#windowEnd;
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
    this.#stamps[at] = (this.#control[CONTROL.clkBase]! - (fuel << 3) + 1) | 0;
    this.#stamps[at + 1] = this.#control[CONTROL.clkHi]!;
  };

  stamp(offset: number, clk: number): void {
    const at = (offset >>> 3) << 1;
    this.#stamps[at] = clk | 0;
    this.#stamps[at + 1] = Math.floor(clk / HIGH);
  }

  /** Index of the next entry, which counts as taken; -1 where there is none. */
  #takeEntry(): number {
    this.fill();
    const e = this.#next;
    if (e >= this.#windowEnd) return -1;
    this.#control[CONTROL.traceTail] = e + ENTRY_WORDS;
    return e;
  }

  #failAtEnd(expected: string): void {
    this.fail(`memory entry ${this.entriesTaken}`, expected, 'the end of the chunk');
  }

  /** How many entries of the chunk are before the one at index `e`. */
  #numberOf(e: number): number {
    return this.#before + (e - this.#window) / ENTRY_WORDS;
  }

  /** Takes the next entry, which is not of memory, as (clk, value), given as words. */
  takePair(clkLow: number, clkHigh: number, low: number, high: number): void {
    const e = this.#takeEntry();
    if (e < 0) {
      this.#failAtEnd('one of a page');
      return;
    }
    const pair = Int32Array.of(clkLow, clkHigh, low, high);
    if (pair.every((word, i) => this.#words[e + i] === word)) return;
    const found = pairText(this.#words, e, this.#words, e + 2);
    this.fail(`page entry ${this.#numberOf(e)}`, pairText(pair, 0, pair, 2), found);
  }

  /** Takes the next entry as what the doubleword at an area offset is. */
  take(offset: number): void {
    const at = (offset >>> 3) << 1;
    const e = this.#takeEntry();
    if (e < 0) {
      this.#failAtEnd(`one for ${this.#place(offset)}`);
      return;
    }
    const entries = this.#words;
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
    const entries = this.#words;
    const isHinted = this.#stamps[at] === HINTED && this.#stamps[at + 1] === HINTED;
    const isKnown = !isHinted && (this.#history === 'run' || this.#isSinceStart(this.#stamps, at));
    const isPlausible = isHinted ? entries[e] === 0 && entries[e + 1] === 0 : !this.#isSinceStart(entries, e);
    if (isKnown || !isPlausible) {
      const earlier = isHinted ? 'clk 0, a hint' : `a clk before the chunk's`;
      this.fail(
        `memory entry ${this.#numberOf(e)} of ${this.#place(4 * at)}`,
        isKnown ? pairText(this.#stamps, at, this.#values, at) : earlier,
        pairText(entries, e, entries, e + 2),
      );
      return;
    }
    this.#values[at] = entries[e + 2]!;
    this.#values[at + 1] = entries[e + 3]!;
    if (!isHinted) return;
    this.hints?.set(4 * at, this.#value(at));
    this.onHint(4 * at, true);
  }

  #value(at: number): bigint {
    return (BigInt(this.#values[at + 1]! >>> 0) << 32n) | BigInt(this.#values[at]! >>> 0);
  }

  /** The doubleword at an area offset and the clk of its last access; of a hint that was never read, neither is known. */
  stateAt(offset: number): { readonly value: bigint; readonly clk: number } | undefined {
    if (this.isHinted(offset)) return undefined;
    const at = (offset >>> 3) << 1;
    const [low, high] = [this.#stamps[at]! >>> 0, this.#stamps[at + 1]! >>> 0];
    return { value: this.#value(at), clk: HIGH * high + low };
  }

  isHinted(offset: number): boolean {
    const at = (offset >>> 3) << 1;
    return this.#stamps[at] === HINTED && this.#stamps[at + 1] === HINTED;
  }

  #isSinceStart(words: Int32Array, at: number): boolean {
    const high = words[at + 1]! >>> 0;
    return high > this.#startHigh || (high === this.#startHigh && words[at]! >>> 0 >= this.#startLow);
  }

  /** Takes an entry that is not of memory and must have clk 2^64 - 1; gives its value. */
  takeValue(): bigint {
    const e = this.#takeEntry();
    if (e < 0) {
      this.#failAtEnd('the length of an input');
      return 0n;
    }
    const entries = this.#words;
    if (entries[e] !== -1 || entries[e + 1] !== -1) {
      this.fail(`memory entry ${this.#numberOf(e)}`, 'clk 2^64 - 1', pairText(entries, e, entries, e + 2));
    }
    return (BigInt(entries[e + 3]! >>> 0) << 32n) | BigInt(entries[e + 2]! >>> 0);
  }

  /** Input was stored there, which the trace has only where it is read later. */
  hint(offset: number): void {
    const at = (offset >>> 3) << 1;
    const stamp = this.#history === 'run' ? HINTED : 0;
    this.onHint(offset, false);
    this.hints?.set(offset, undefined);
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
