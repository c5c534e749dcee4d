// How much memory a run has accessed, and where.

import type { MemoryPlan } from '../../../../runtime/memory/memory.ts';
import { STACK_TOP } from '../abi.ts';

export class MemoryExtent {
  /** Distinct doublewords. */
  count = 0;
  stackLow: number = STACK_TOP;
  heapHigh = 0;
  readonly #windowEnd: number;
  readonly #windowBase: number;

  constructor({ windowBase, windowBits }: MemoryPlan) {
    this.#windowBase = windowBase;
    this.#windowEnd = windowBase + 2 ** windowBits;
  }

  /** The doubleword at an address is accessed; `stamp` is 0 where it never was. */
  mark(stamp: number, address: number): void {
    if (stamp !== 0) return;
    this.count++;
    if (address < this.#windowBase || address >= this.#windowEnd) return;
    if (address < STACK_TOP) this.stackLow = Math.min(this.stackLow, address);
    else this.heapHigh = Math.max(this.heapHigh, address + 8);
  }
}
