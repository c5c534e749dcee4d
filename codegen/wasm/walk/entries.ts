// The chunk's entries in an emitted region: where the next one is, and what a load has of its doubleword.

import { ENTRY_BYTES } from '../../../runtime/layout.ts';
import { WALK } from '../../../runtime/trace/walk-layout.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import { loadOf } from '../access.ts';
import type { Value } from '../binary/values.ts';
import type { Frame } from '../region/frame.ts';

const VALUE = 8;

export class Entries {
  readonly #frame: Frame;
  /** Entries of the current block that its end will add to the cursor; until then they are part of offsets. */
  #pending = 0;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  get #cursor(): number {
    return this.#frame.local('cursor', this.#frame.v.i32);
  }

  get shardStart(): number {
    return this.#frame.local('shardStart', this.#frame.v.i64);
  }

  reload(): void {
    const { i32, i64 } = this.#frame.v;
    i32.set(this.#cursor, i32.load(undefined, WALK.cursor));
    i64.set(this.shardStart, i64.load(undefined, WALK.shardStart));
  }

  spill(): void {
    const { i32 } = this.#frame.v;
    i32.store(undefined, WALK.cursor, i32.get(this.#cursor));
  }

  /** Of the next entry. */
  get oldClk(): Value {
    return this.#frame.v.i64.load(this.#cursor, ENTRY_BYTES * this.#pending);
  }

  get oldValue(): Value {
    return this.#frame.v.i64.load(this.#cursor, ENTRY_BYTES * this.#pending + VALUE);
  }

  /** What an aligned load from the address has of the next entry. */
  loaded({ bytes, signed }: Extract<AccessEffect, { kind: 'load' }>, address: Value): Value {
    if (bytes === 8) return this.oldValue;
    const { code, v } = this.#frame;
    const { i32, low } = v;
    const at = ENTRY_BYTES * this.#pending + VALUE;
    return () => {
      i32.add(i32.get(this.#cursor), i32.and(low(address), i32.constant(7)))();
      code.access(loadOf(64, bytes, signed), at);
    };
  }

  take(): void {
    this.#pending++;
  }

  endBlock(): void {
    if (this.#pending === 0) return;
    const { i32 } = this.#frame.v;
    i32.set(this.#cursor, i32.add(i32.get(this.#cursor), i32.constant(ENTRY_BYTES * this.#pending)));
    this.#pending = 0;
  }
}
