// A precompile call with all that its rows are told: arguments and the chunk's entries of it.

import { ARGUMENTS } from '../abi.ts';
import type { PrecompileCall } from './enrich/index.ts';
import type { ShardLocals } from './memory/shard-locals.ts';
import type { Call, CallTraffic } from './walk/calls.ts';
import type { Walker } from './walk/walker.ts';

export class RecordedCall implements PrecompileCall {
  readonly code: number;
  readonly clk: number;
  readonly pc: number;
  readonly a0: bigint;
  readonly a1: bigint;
  readonly args: readonly number[];
  /** Of the last accesses of a2 to a4. */
  readonly registerClks: number[] = [];
  entries: Int32Array = new Int32Array(0);
  readonly first = 0;

  constructor(walker: Walker, { code, a0, a1 }: Call, clk: number) {
    this.code = code;
    this.clk = clk;
    this.pc = walker.pc;
    this.a0 = a0;
    this.a1 = a1;
    this.args = ARGUMENTS.map(r => Number(walker.register(r)));
  }

  /** Takes its doublewords from the walker's entries. They are local to the shard where it retains the call; else it knows no more of them. */
  take(walker: Walker, call: Call, locals: ShardLocals, isRetained: boolean): void {
    const before = walker.entriesTaken;
    const access = (address: number, oldClk: number, oldValue: bigint, clk: number, value: bigint): void => {
      if (isRetained) locals.access(address, oldClk, oldValue, clk, value);
      else locals.close(address);
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
}
