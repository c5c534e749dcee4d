// Metered runs: at engine speed, with exact counts of blocks and instructions and, where wanted, of first touches of memory.
//
// A watcher says how far the run may go before it must look; wherever it is asked, all counts are exact. Touches are
// counted by periods: the stamp of a doubleword is the period of its last touch, and its first touch in a period counts one
// for the period of the touch before (0: never, or filled with input since).

import type { Text } from '../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { assert } from '../../runtime/errors.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { ClockState, Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import { BlockCounts } from './block-counts.ts';
import type { Observation } from './observation.ts';

/** Periods that are told apart. */
const PERIODS: number = 2 ** 16;
/** Instructions after which counts of 32 bits are moved: none can have wrapped. */
const MOST = 2 ** 30;

/** Told of a run by who wants to know; every part may be left out. */
export interface Watcher {
  /** Instructions, at least 1, that may run from `clk` on before it must look again. */
  room?(clk: number): number;
  /** The environment call at this place is about to be done; its instruction is counted. */
  call?(place: ClockState): void;
  /** A system call is about to access a doubleword, or has written it: its area offset; whether it was told before. */
  touched?(offset: number, isFirst: boolean): void;
  /** It was filled with input. */
  filled?(offset: number): void;
}

export interface MeteringOptions {
  /** Whether touches of memory are counted. */
  readonly touches?: boolean;
  /** What the instruction of a slot weighs; the sum is `weight`. Not for sets with compressed instructions. */
  readonly weightOf?: ((slot: number, text: Text) => number) | undefined;
  readonly watch?: ((run: MeteredRun) => Watcher) | undefined;
  /** Cells and periods, where other than usual. */
  readonly cells?: number;
  readonly periods?: number;
}

export class MeteredRun implements RunObserver {
  readonly inlined: Inlined;
  readonly isFull = false;
  readonly memory: GuestMemory;
  readonly text: Text;
  readonly blocks: BlockCounts;
  readonly #control: Int32Array;
  readonly #periods: number;
  readonly #watcher: Watcher;
  #settledAt = 0;

  constructor(memory: GuestMemory, text: Text, { weightOf, watch }: MeteringOptions) {
    assert(weightOf === undefined || !text.isa.compressed, 'compressed instructions have no weights');
    this.memory = memory;
    this.text = text;
    this.#control = memory.control;
    this.blocks = new BlockCounts(memory, text, weightOf === undefined ? undefined : slot => weightOf(slot, text));
    this.inlined = { kind: 'metered', flow: this.blocks };
    this.#periods = this.blocks.touches?.length ?? 0;
    this.#control[CONTROL.period] = 1;
    this.#watcher = watch?.(this) ?? {};
  }

  /** The sum of weights since the run began, or since it was set; wraps at 32 bits. */
  get weight(): number {
    return this.#control[CONTROL.weight]!;
  }

  set weight(weight: number) {
    this.#control[CONTROL.weight] = weight;
  }

  /** How often the instruction at each slot was done so far. */
  counts(): Float64Array {
    return this.blocks.counts();
  }

  /** Number of this period, from 1. */
  get period(): number {
    return this.#control[CONTROL.period]!;
  }

  /** First touches in this period so far. */
  get firstTouches(): number {
    const { period } = this;
    const touches = this.blocks.touches!;
    let sum = 0;
    for (let before = 0; before < period; before++) sum += touches[before]!;
    return sum;
  }

  /** The same by the period of the touch before. */
  get touchesByPeriod(): Int32Array {
    return this.blocks.touches!.slice(0, this.period);
  }

  /** A new period begins. */
  beginPeriod(): void {
    const touches = this.blocks.touches!;
    touches.fill(0, 0, this.period + 1);
    if (this.period + 1 === this.#periods) this.#forgetPeriods();
    this.#control[CONTROL.period]! += 1;
  }

  /** Makes all periods so far the first one. */
  #forgetPeriods(): void {
    const stamps = this.blocks.stamps!;
    for (let at = 0; at < stamps.length; at++) if (stamps[at] !== 0) stamps[at] = 1;
    this.#control[CONTROL.period] = 1;
  }

  begin(): void {}
  end(): void {}
  block(): void {}
  append(): void {}
  record(): void {}

  call(place: ClockState): void {
    this.#watcher.call?.(place);
  }

  room(clk: number): number {
    if (clk - this.#settledAt >= MOST * CLK_PER_INSTRUCTION) {
      this.blocks.settle();
      this.#settledAt = clk;
    }
    const room = this.#watcher.room?.(clk) ?? MOST;
    return Math.min(room, MOST);
  }

  /** Touches the doubleword; whether it is the first touch of the period. */
  touch(offset: number): void {
    this.#touch(offset);
  }

  #touch(offset: number): boolean {
    const { stamps, touches } = this.blocks;
    if (stamps === undefined) return false;
    const at = offset >>> 3;
    const before = stamps[at]!;
    if (before === this.period) return false;
    touches![before]! += 1;
    stamps[at] = this.period;
    return true;
  }

  /** From system calls: a clk of 0 is a fill, after which the doubleword was never touched. */
  stamp(offset: number, clkLo: number, clkHi: number): void {
    if (clkLo !== 0 || clkHi !== 0) this.#watcher.touched?.(offset, this.#touch(offset));
    else {
      if (this.blocks.stamps !== undefined) this.blocks.stamps[offset >>> 3] = 0;
      this.#watcher.filled?.(offset);
    }
  }
}

/** A metered run to be. */
export function metering(options: MeteringOptions = {}): Observation<MeteredRun> {
  const { touches = false, periods = PERIODS, cells } = options;
  return {
    needs: { meter: { cells, periods: touches ? periods : 0 } },
    make: (memory, text) => new MeteredRun(memory, text, options),
  };
}
