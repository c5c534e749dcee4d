// A precompile call with all that its rows are told: its doublewords in the order of the trace, and what they became.

import type { Call, CallTraffic } from './calls.ts';
import type { Walker } from './walker.ts';

/** A doubleword as a call accessed it. `clk` is that of the access, undefined where it was only looked at. */
export interface RecordedAccess {
  readonly address: number;
  readonly oldClk: number;
  readonly oldValue: bigint;
  readonly clk: number | undefined;
  readonly value: bigint;
}

/** A doubleword's first and last state in the call. */
export interface LocalState {
  readonly address: number;
  readonly initialClk: number;
  readonly initialValue: bigint;
  finalClk: number;
  finalValue: bigint;
}

/** A register that a call read besides its arguments, with the clk of its access before. */
export interface PointerRead {
  readonly register: number;
  readonly oldClk: number;
  readonly value: bigint;
}

export class RecordedCall {
  readonly code: number;
  readonly clk: number;
  readonly a0: bigint;
  readonly a1: bigint;
  readonly accesses: RecordedAccess[] = [];
  readonly pointers: PointerRead[] = [];
  /** Of a call whose rows are in another shard. */
  readonly locals: Map<number, LocalState> = new Map();
  readonly #call: Call;

  constructor(call: Call, clk: number) {
    this.#call = call;
    this.code = call.code;
    this.clk = clk;
    this.a0 = call.a0;
    this.a1 = call.a1;
  }

  /**
   * Takes its doublewords from the walker's entries. They are local to the shard, or, where `close` is there to be told of
   * each, to the call.
   */
  take(walker: Walker, close: ((address: number) => void) | undefined): void {
    const access = (address: number, oldClk: number, oldValue: bigint, clk: number, value: bigint): void => {
      this.accesses.push({ address, oldClk, oldValue, clk, value });
      if (close === undefined) {
        walker.touch!(BigInt(address), BigInt(oldClk), oldValue, BigInt(clk), value);
        return;
      }
      close(address);
      this.#keep(address, oldClk, oldValue, clk, value);
    };
    const traffic: CallTraffic = {
      unsafe: (address, entry) => {
        const [oldClk, oldValue] = [walker.clkOf(entry), walker.valueOf(entry)];
        this.accesses.push({ address, oldClk, oldValue, clk: undefined, value: oldValue });
      },
      read: (address, entry, clk) => {
        const value = walker.valueOf(entry);
        access(address, walker.clkOf(entry), value, clk, value);
      },
      write: access,
    };
    this.#call.traffic(traffic);
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
