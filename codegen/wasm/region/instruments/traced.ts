// A region function that writes a minimal trace: tail and clock in locals, an entry before each access.

import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL, ENTRY_BYTES, PAGE_BYTES } from '../../../../runtime/layout.ts';
import type { Block } from '../../../region/region.ts';
import { access } from '../../binary/instructions.ts';
import type { Dialect } from '../../binary/values.ts';
import type { Frame } from '../frame.ts';
import { doublewordOf } from './doubleword.ts';
import { type AccessPlace, type Instrument, PURE_CODE } from './instrument.ts';

const WORD_SHIFT = 2;

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

export class TraceWriter implements Instrument {
  readonly leave: Instrument['leave'] = PURE_CODE.leave;
  readonly undo: Instrument['undo'] = PURE_CODE.undo;
  readonly #frame: Frame;
  readonly #stamps: number;
  /** Entries of the current block that its end will add to the tail; until then they are part of offsets. */
  #pending = 0;

  constructor(frame: Frame, stamps: number) {
    this.#frame = frame;
    this.#stamps = stamps;
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

  reload(): void {
    const { i32, i64 } = this.#frame.v;
    i32.set(this.#tail, i32.shl(i32.load(undefined, 4 * CONTROL.traceTail), i32.constant(WORD_SHIFT)));
    i32.set(this.#clkBase, i32.load(undefined, 4 * CONTROL.clkBase));
    const high = i64.load(undefined, 4 * CONTROL.clkHi, access.i64Load32U);
    i64.set(this.#clkHigh, i64.shl(high, i64.constant(32)));
  }

  spill(): void {
    const { i32 } = this.#frame.v;
    i32.store(undefined, 4 * CONTROL.traceTail, i32.shrU(i32.get(this.#tail), i32.constant(WORD_SHIFT)));
  }

  startBlock(_block: Block, hasAccesses: boolean): void {
    if (!hasAccesses) return;
    const { fuel, v } = this.#frame;
    const { i32, i64 } = v;
    const end = i32.sub(i32.get(this.#clkBase), i32.shl(i32.get(fuel), i32.constant(3)));
    i64.set(this.#clkEnd, i64.or(v.extend(end), i64.get(this.#clkHigh)));
  }

  settle(): void {
    if (this.#pending === 0) return;
    const { i32 } = this.#frame.v;
    i32.set(this.#tail, i32.add(i32.get(this.#tail), i32.constant(ENTRY_BYTES * this.#pending)));
  }

  endBlock(): void {
    this.settle();
    this.#pending = 0;
  }

  /** Appends the doubleword's stamp and value, then stamps it clk + 1. */
  access({ local, at, group, undone }: AccessPlace): void {
    const { v } = this.#frame;
    const { i64 } = v;
    const { doubleword, place } = doublewordOf(this.#frame, local, at, group.alignment === 8);
    const stamps = this.#stamps;
    appendEntry(v, { tail: this.#tail, entry: ENTRY_BYTES * this.#pending++, doubleword, place, stamps });
    const clk = i64.sub(i64.get(this.#clkEnd), i64.constant(CLK_PER_INSTRUCTION * undone - 1));
    i64.store(doubleword, stamps + place, clk);
  }
}
