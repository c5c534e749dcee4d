// What a region function of a traced run has besides: the trace's tail, the clock, and the entry before each access.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL, ENTRY_BYTES, PAGE_BYTES } from '../../../runtime/layout.ts';
import { access } from '../binary/instructions.ts';
import type { Dialect } from '../binary/values.ts';
import type { Frame } from './frame.ts';

const WORD_SHIFT = 2;
const DOUBLEWORD = -8;

export interface EntryPlaces {
  /** Local with the arena byte offset of the next entry, and bytes from there. */
  readonly tail: number;
  readonly entry: number;
  /** Local with the area offset of a doubleword, and bytes from there. */
  readonly doubleword: number;
  readonly place: number;
  /** Arena byte offset of the stamps. */
  readonly stamps: number;
}

/** Writes an entry: the doubleword's stamp and its value, as they are. */
export function appendEntry({ i64 }: Dialect, { tail, entry, doubleword, place, stamps }: EntryPlaces): void {
  i64.store(tail, entry, i64.load(doubleword, stamps + place));
  i64.store(tail, entry + 8, i64.load(doubleword, PAGE_BYTES + place));
}

/** Writes nothing in runs that are not traced. */
export class Trace {
  readonly #frame: Frame;
  /** Entries of the current block that its end will add to the tail; until then they are part of offsets. */
  #pending = 0;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  get isOn(): boolean {
    return this.#frame.options.stamps !== undefined;
  }

  /** Local of the arena byte offset of the next entry. */
  get #tail(): number {
    return this.#frame.local('tail', this.#frame.v.i32);
  }

  /** clk + 8 × fuel, low word; and the clock's high word, in place. */
  get #clkBase(): number {
    return this.#frame.local('clkBase', this.#frame.v.i32);
  }

  get #clkHigh(): number {
    return this.#frame.local('clkHigh', this.#frame.v.i64);
  }

  /** clk behind the current block. */
  get #clkEnd(): number {
    return this.#frame.local('clkEnd', this.#frame.v.i64);
  }

  /** Takes up tail and clock from the control page: at entry, behind calls, after more fuel. */
  reload(): void {
    if (!this.isOn) return;
    const { i32, i64 } = this.#frame.v;
    i32.set(this.#tail, i32.shl(i32.load(undefined, 4 * CONTROL.traceTail), i32.constant(WORD_SHIFT)));
    i32.set(this.#clkBase, i32.load(undefined, 4 * CONTROL.clkBase));
    const high = i64.load(undefined, 4 * CONTROL.clkHi, access.i64Load32U);
    i64.set(this.#clkHigh, i64.shl(high, i64.constant(32)));
  }

  spill(): void {
    if (!this.isOn) return;
    const { i32 } = this.#frame.v;
    i32.store(undefined, 4 * CONTROL.traceTail, i32.shrU(i32.get(this.#tail), i32.constant(WORD_SHIFT)));
  }

  /** At the start of a block with accesses, its instructions being paid. */
  startBlock(): void {
    if (!this.isOn) return;
    const { fuel, v } = this.#frame;
    const { i32, i64 } = v;
    const end = i32.sub(i32.get(this.#clkBase), i32.shl(i32.get(fuel), i32.constant(3)));
    i64.set(this.#clkEnd, i64.or(v.extend(end), i64.get(this.#clkHigh)));
  }

  /** Before a side exit, which leaves the text that follows as it was. */
  settle(): void {
    if (this.#pending === 0) return;
    const { i32 } = this.#frame.v;
    i32.set(this.#tail, i32.add(i32.get(this.#tail), i32.constant(ENTRY_BYTES * this.#pending)));
  }

  endBlock(): void {
    this.settle();
    this.#pending = 0;
  }

  /**
   * Appends the doubleword's stamp and value, then stamps it clk + 1. The local holds an offset in the guest area which
   * is `at` bytes before the access; `undone` instructions of the block have not been done, this one included.
   */
  append(local: number, at: number, isAligned: boolean, undone: number): void {
    const { options, v } = this.#frame;
    const { i32, i64 } = v;
    let doubleword = local;
    let place = at & DOUBLEWORD;
    if (!isAligned) {
      doubleword = this.#frame.local('doubleword', i32);
      i32.set(doubleword, i32.and(i32.add(i32.get(local), i32.constant(at)), i32.constant(DOUBLEWORD)));
      place = 0;
    }
    const stamps = options.stamps!;
    appendEntry(v, { tail: this.#tail, entry: ENTRY_BYTES * this.#pending++, doubleword, place, stamps });
    const clk = i64.sub(i64.get(this.#clkEnd), i64.constant(CLK_PER_INSTRUCTION * undone - 1));
    i64.store(doubleword, stamps + place, clk);
  }
}
