// What a region function of a traced run has besides: the trace's tail, the clock, and the entry before each access.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL, ENTRY_BYTES, PAGE_BYTES } from '../../../runtime/layout.ts';
import type { CodeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { Frame } from './frame.ts';

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
export function appendEntry(code: CodeWriter, { tail, entry, doubleword, place, stamps }: EntryPlaces): void {
  for (const [from, to] of [
    [stamps, 0],
    [PAGE_BYTES, 8],
  ] as const) {
    code.localGet(tail);
    code.localGet(doubleword);
    code.access(access.i64Load, from + place);
    code.access(access.i64Store, entry + to);
  }
}

export class TracedFrame extends Frame {
  /** Entries of the current block that its end will add to the tail; until then they are part of offsets. */
  #pending = 0;

  get isTraced(): boolean {
    return this.options.stamps !== undefined;
  }

  /** Arena byte offset of the next entry. */
  tail(): number {
    return this.local('tail', valueType.i32);
  }

  /** clk + 8 × fuel, low word; and the clock's high word, in place. */
  clkBase(): number {
    return this.local('clkBase', valueType.i32);
  }

  clkHigh(): number {
    return this.local('clkHigh', valueType.i64);
  }

  /** clk behind the current block. */
  clkEnd(): number {
    return this.local('clkEnd', valueType.i64);
  }

  /** Takes up tail and clock from the control page: at entry, behind calls, after more fuel. */
  reloadTrace(): void {
    if (!this.isTraced) return;
    const { code } = this;
    code.i32Const(0);
    code.access(access.i32Load, 4 * CONTROL.traceTail);
    code.i32Const(WORD_SHIFT);
    code.op(op.i32Shl);
    code.localSet(this.tail());
    code.i32Const(0);
    code.access(access.i32Load, 4 * CONTROL.clkBase);
    code.localSet(this.clkBase());
    code.i32Const(0);
    code.access(access.i64Load32U, 4 * CONTROL.clkHi);
    code.i64Const(32);
    code.op(op.i64Shl);
    code.localSet(this.clkHigh());
  }

  spillTail(): void {
    if (!this.isTraced) return;
    const { code } = this;
    code.i32Const(0);
    code.localGet(this.tail());
    code.i32Const(WORD_SHIFT);
    code.op(op.i32ShrU);
    code.access(access.i32Store, 4 * CONTROL.traceTail);
  }

  /** At the start of a block with accesses, its instructions being paid. */
  startBlock(): void {
    const { code } = this;
    code.localGet(this.clkBase());
    code.localGet(this.fuel);
    code.i32Const(3);
    code.op(op.i32Shl);
    code.op(op.i32Sub);
    code.op(op.i64ExtendI32U);
    code.localGet(this.clkHigh());
    code.op(op.i64Or);
    code.localSet(this.clkEnd());
  }

  #addPending(): void {
    if (this.#pending === 0) return;
    const { code } = this;
    code.localGet(this.tail());
    code.i32Const(ENTRY_BYTES * this.#pending);
    code.op(op.i32Add);
    code.localSet(this.tail());
  }

  /** Before a side exit, which leaves the text that follows as it was. */
  settleTail(): void {
    this.#addPending();
  }

  endBlock(): void {
    this.#addPending();
    this.#pending = 0;
  }

  /**
   * Appends the doubleword's stamp and value, then stamps it clk + 1. The local holds an offset in the guest area which
   * is `at` bytes before the access; `undone` instructions of the block have not been done, this one included.
   */
  trace(local: number, at: number, isAligned: boolean, undone: number): void {
    const { code } = this;
    let doubleword = local;
    let place = at & DOUBLEWORD;
    if (!isAligned) {
      doubleword = this.local('doubleword', valueType.i32);
      code.localGet(local);
      code.i32Const(at);
      code.op(op.i32Add);
      code.i32Const(DOUBLEWORD);
      code.op(op.i32And);
      code.localSet(doubleword);
      place = 0;
    }
    const stamps = this.options.stamps!;
    appendEntry(code, { tail: this.tail(), entry: ENTRY_BYTES * this.#pending++, doubleword, place, stamps });
    code.localGet(doubleword);
    code.localGet(this.clkEnd());
    code.i64Const(CLK_PER_INSTRUCTION * undone - 1);
    code.op(op.i64Sub);
    code.access(access.i64Store, stamps + place);
  }
}
