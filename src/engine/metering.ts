// Metered runs: at engine speed, with exact counts of blocks and instructions and, where wanted, of first touches of memory.
//
// A watcher says how far the run may go before it must look; wherever it is asked, all counts are exact. The stamp of a
// doubleword is the period of its last touch (0: never, or filled with input since), and its first touch in another period is
// told with the stamp before. A watcher that keeps stamps of its own for accesses of system calls finds them there too.

import type { GuestText } from '../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { CallFlow, ClockState, Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import { BlockCounts } from './block-counts.ts';
import { FirstTouches } from './first-touches.ts';
import type { Observation } from './observation.ts';

/** First touches that may be listed before somebody must look; an instruction has one at most. */
const MOST_TOUCHES: number = 2 ** 19;
/** Room for those of a system call. */
const CALL_TOUCHES: number = 2 ** 12;
const MOST_LISTED: number = MOST_TOUCHES + CALL_TOUCHES;
/** Instructions after which counts of 32 bits are moved: none can have wrapped. */
const MOST = 2 ** 30;

/** Told of a run by who wants to know; every part may be left out. */
export interface Watcher {
  /**
   * Instructions, at least 1, that may run from `clk` on before it must look again; of compiled code that asks (`isInside`) also 0,
   * which has it left: then it is asked again, and told the place.
   */
  room?(clk: number, isInside: boolean): number;
  /** The run goes on at this place, outside of compiled code. */
  block?(place: ClockState): void;
  /** The environment call at this place is about to be done; its instruction is counted. */
  call?(place: ClockState): void;
  /** Where touches are of pages: first ones, from a look on, after which it must look again; as many as the list takes unless given. */
  readonly touchesLeft?: number;
  /** First touches of the period by instructions, some time before `room` and `call`: see Q of the ABI. */
  touched?(list: Int32Array): void;
  /** A system call accesses a doubleword, which has a number, or fills it with input; gives what its stamp is from now on. */
  accessed?(doubleword: number, stamp: number): number;
  filled?(doubleword: number, stamp: number): number;
  /** A system call makes an entry that a trace would have. */
  recorded?(): void;
  /** What the run has come to, by a measure of the watcher's own: asked for by marks in the guest. */
  spent?(): number;
}

export interface MeteringOptions {
  /** Whether first touches of memory are listed. */
  readonly touches?: boolean;
  /** What the instruction of a slot weighs; the sum is `weight`. */
  readonly weightOf?: ((slot: number, text: GuestText) => number) | undefined;
  readonly watch?: ((run: MeteredRun) => Watcher) | undefined;
  /** Follows the run's calls, told what was done by instructions or by weight. */
  readonly calls?: ((memory: GuestMemory, text: GuestText) => CallFlow) | undefined;
  /** Whether accesses that are not aligned are to be the host's, which counts them. */
  readonly seesUnaligned?: boolean | undefined;
  /** Instructions in which calls come to less than 2^30; that many unless given. */
  readonly most?: number | undefined;
  /** Cells, where other than usual. */
  readonly cells?: number;
  /** log2 of the bytes whose touches are one, where that is no doubleword. */
  readonly granule?: number;
}

export class MeteredRun implements RunObserver {
  readonly inlined: Inlined;
  readonly memory: GuestMemory;
  readonly text: GuestText;
  readonly blocks: BlockCounts;
  readonly #touches: FirstTouches | undefined;
  readonly calls: CallFlow | undefined;
  readonly seesUnaligned: boolean;
  readonly #most: number;
  readonly #control: Int32Array;
  readonly #watcher: Watcher;
  #settledAt = 0;
  #isPaused = false;

  constructor(
    memory: GuestMemory,
    text: GuestText,
    { weightOf, watch, granule, calls, most, seesUnaligned = false }: MeteringOptions,
  ) {
    this.memory = memory;
    this.text = text;
    this.#control = memory.control;
    const weight = weightOf === undefined ? undefined : (slot: number): number => weightOf(slot, text);
    this.blocks = new BlockCounts(memory, text, weight, granule);
    this.seesUnaligned = seesUnaligned;
    this.calls = calls?.(memory, text);
    this.#most = most ?? MOST;
    this.inlined = { kind: 'metered', flow: this.blocks, calls: this.calls };
    const { marks, touches } = this.blocks;
    if (marks !== undefined && touches !== undefined) this.#touches = new FirstTouches(memory, marks, touches);
    this.#control[CONTROL.touchLimit] = MOST_LISTED;
    this.#watcher = watch?.(this) ?? {};
  }

  /** Whether the watcher must look for what was touched. */
  get isFull(): boolean {
    return this.#control[CONTROL.touchTail]! >= this.#control[CONTROL.touchLimit]!;
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

  /** What doublewords are stamped with when they are touched; another one begins another period. */
  get period(): number {
    return this.#touches?.period ?? 0;
  }

  set period(period: number) {
    this.#tell();
    if (this.#touches !== undefined) this.#touches.period = period;
  }

  /** Tells the watcher of what is listed. */
  #tell(): void {
    if (this.#touches === undefined || this.#control[CONTROL.touchTail] === 0) return;
    const list = this.#touches.take();
    this.#watcher.touched?.(list);
  }

  begin(): void {}

  block(place: ClockState): void {
    this.#watcher.block?.(place);
  }

  append(): void {
    this.#watcher.recorded?.();
  }

  record(): void {
    this.#watcher.recorded?.();
  }

  spent(): number | undefined {
    return this.#watcher.spent?.();
  }

  end(): void {
    this.#tell();
    this.calls?.settle();
  }

  call(place: ClockState): void {
    this.#tell();
    this.#watcher.call?.(place);
  }

  pause(isOn: boolean): void {
    this.#isPaused = isOn;
  }

  room(clk: number, isInside: boolean): number {
    if (this.#isPaused) return MOST_TOUCHES;
    if (clk - this.#settledAt >= this.#most * CLK_PER_INSTRUCTION) {
      this.blocks.settle();
      this.calls?.settle();
      this.#settledAt = clk;
    }
    this.#tell();
    const room = this.#watcher.room?.(clk, isInside) ?? this.#most;
    const touches = Math.min(this.#watcher.touchesLeft ?? MOST_LISTED, MOST_LISTED);
    this.#control[CONTROL.touchLimit] = touches;
    // Where the run stops for touches, they cannot be more.
    return Math.min(room, this.#most, this.#touches === undefined || touches < MOST_LISTED ? MOST : MOST_TOUCHES);
  }

  /** From slow accesses of instructions. */
  touch(offset: number): void {
    this.#touches?.touch(offset >>> this.blocks.granule);
  }

  /** From system calls: a clk of 0 is a fill. */
  stamp(offset: number, clkLo: number, clkHi: number): void {
    const touches = this.#touches;
    if (touches === undefined) return;
    this.#tell();
    const number = offset >>> this.blocks.granule;
    const stamp = touches.stampOf(number);
    if (clkLo === 0 && clkHi === 0) touches.setStamp(number, this.#watcher.filled?.(number, stamp) ?? 0);
    else if (this.#watcher.accessed !== undefined) touches.setStamp(number, this.#watcher.accessed(number, stamp));
    else this.touch(offset);
  }
}

/** A metered run to be. */
export function metering(options: MeteringOptions = {}): Observation<MeteredRun> {
  const { touches = false, cells } = options;
  return {
    needs: {
      calls: options.calls !== undefined,
      meter: { cells, touches: touches ? MOST_LISTED : 0, granule: options.granule },
    },
    make: (memory, text) => new MeteredRun(memory, text, options),
  };
}
