// A precompile call with all that its rows are told: arguments, the chunk's entries of it, and, where its rows are in a shard
// of their own, what it knows of memory.

import type { Call, CallTraffic } from './calls.ts';
import type { PrecompileCall } from './enrich/index.ts';
import type { Walker } from './walker.ts';

const ARGUMENTS = [10, 11, 12, 13, 14] as const;

/** A doubleword's first and last state in the call. */
export interface LocalState {
  readonly address: number;
  readonly initialClk: number;
  readonly initialValue: bigint;
  finalClk: number;
  finalValue: bigint;
}

export class RecordedCall implements PrecompileCall {
  readonly code: number;
  readonly clk: number;
  readonly a0: bigint;
  readonly a1: bigint;
  readonly args: readonly number[];
  /** Of the last accesses of a2 to a4. */
  readonly registerClks: number[] = [];
  entries: Int32Array = new Int32Array(0);
  readonly first = 0;
  /** Of a call whose rows are in another shard, by address. */
  readonly locals: Map<number, LocalState> = new Map();

  constructor(walker: Walker, { code, a0, a1 }: Call, clk: number) {
    this.code = code;
    this.clk = clk;
    this.a0 = a0;
    this.a1 = a1;
    this.args = ARGUMENTS.map(r => Number(walker.register(r)));
  }

  /**
   * Takes its doublewords from the walker's entries. They are local to the shard, or, where `close` is there to be told of
   * each, to the call.
   */
  take(walker: Walker, call: Call, close: ((address: number) => void) | undefined): void {
    const before = walker.entriesTaken;
    const access = (address: number, oldClk: number, oldValue: bigint, clk: number, value: bigint): void => {
      if (close === undefined) {
        walker.touch!(BigInt(address), BigInt(oldClk), oldValue, BigInt(clk), value);
        return;
      }
      close(address);
      this.#keep(address, oldClk, oldValue, clk, value);
    };
    const traffic: CallTraffic = {
      unsafe: () => undefined,
      read: (address, entry, clk) => {
        const value = walker.valueOf(entry);
        access(address, walker.clkOf(entry), value, clk, value);
      },
      write: access,
    };
    call.traffic(traffic);
    this.entries = walker.entriesFrom(before);
  }

  #keep(address: number, initialClk: number, initialValue: bigint, clk: number, value: bigint): void {
    const local = this.locals.get(address);
    if (local === undefined) {
      this.locals.set(address, { address, initialClk, initialValue, finalClk: clk, finalValue: value });
      return;
    }
    local.finalClk = clk;
    local.finalValue = value;
  }
}
