// System calls of a walk: what each does to the registers, and the doublewords that it takes from the chunk's entries, in
// their order. Nothing is computed: what a precompile wrote is in the entries.

import { ARGUMENTS, CALL, T0 } from '../../abi.ts';
import { PRECOMPILES, type Precompile } from '../../syscalls/precompiles.ts';

/** What a call is walked by: registers, and the entries of a chunk. */
export interface CallWalk {
  register(r: number): bigint;
  setRegister(r: number, value: bigint): void;
  /** Takes an entry, of which this is the place. */
  take(): number;
  clkOf(entry: number): number;
  valueOf(entry: number): bigint;
}

/** The doublewords of a precompile call. Entries are places in the walker's memory, valid until the next is taken. */
export interface CallTraffic {
  /** One that is only looked at: the old entry stays. */
  unsafe(address: number, entry: number): void;
  read(address: number, entry: number, clk: number): void;
  /** `entry` is the doubleword before; after it, at `clk`, it is `value`. */
  write(address: number, oldClk: number, oldValue: bigint, clk: number, value: bigint): void;
}

export interface Call {
  readonly code: number;
  readonly a0: bigint;
  readonly a1: bigint;
  readonly isHalt: boolean;
  /** A precompile's doublewords, to be asked for once, before `finish`. */
  traffic(listener: CallTraffic): void;
  /** t0 takes the result. */
  finish(): void;
}

const ROWS = new Map<number, Precompile>(PRECOMPILES.map(row => [row.code, row]));

/** The call at which the walker stands, at clk `clk`. */
export function callAt(walker: CallWalk, clk: number): Call {
  const code = Number(BigInt.asUintN(32, walker.register(T0)));
  const result = code === CALL.enterUnconstrained || code === CALL.exitUnconstrained ? 0n : BigInt(code);
  return {
    code,
    a0: walker.register(ARGUMENTS[0]),
    a1: walker.register(ARGUMENTS[1]),
    isHalt: code === CALL.halt,
    traffic(listener) {
      if (code === CALL.shaExtend) shaExtend(walker, clk, listener);
      else walkAccesses(ROWS.get(code)!, walker, clk, listener);
    },
    finish() {
      if (code === CALL.halt) return;
      walker.setRegister(T0, code === CALL.hintLen ? walker.valueOf(walker.take()) : result);
    },
  };
}

const CARRIES: ReadonlySet<number> = new Set([CALL.uint256AddCarry, CALL.uint256MulCarry]);

/** Registers that a precompile reads besides, at the call's own clk: those of the third to fifth argument. */
export const pointerRegisters = (code: number): readonly number[] => (CARRIES.has(code) ? ARGUMENTS.slice(2) : []);

/** The same as bits. */
export const pointerSet = (code: number): number => pointerRegisters(code).reduce((set, r) => set | (1 << r), 0);

/** Where HINT_READ put an input: address and bytes. */
export function hintOf({ code, a0, a1 }: Call): { readonly address: number; readonly bytes: number } | undefined {
  return code === CALL.hintRead ? { address: Number(a0), bytes: Number(a1) } : undefined;
}

function walkAccesses({ accesses }: Precompile, walker: CallWalk, clk: number, listener: CallTraffic): void {
  for (const { kind, pointer, offset, granules, phase } of accesses) {
    const address = Number(walker.register(ARGUMENTS[pointer])) + offset;
    for (let i = 0; i < granules; i++) {
      if (kind === 'unsafe') listener.unsafe(address + 8 * i, walker.take());
      else if (kind === 'read') listener.read(address + 8 * i, walker.take(), clk + phase);
      else write(address + 8 * i, walker, clk + phase, listener);
    }
  }
}

function write(address: number, walker: CallWalk, clk: number, listener: CallTraffic): void {
  const old = walker.take();
  const [oldClk, oldValue] = [walker.clkOf(old), walker.valueOf(old)];
  const value = walker.valueOf(walker.take());
  listener.write(address, oldClk, oldValue, clk, value);
}

/** As `shaExtend` of ../syscalls/precompiles.ts. */
function shaExtend(walker: CallWalk, clk: number, listener: CallTraffic): void {
  const w = Number(walker.register(ARGUMENTS[0]));
  for (let i = 16; i < 64; i++) {
    const at = clk + i - 15;
    for (const back of [15, 2, 16, 7]) listener.read(w + 8 * (i - back), walker.take(), at);
    write(w + 8 * i, walker, at, listener);
  }
}
