// Gives out fuel: how many instructions may run before somebody must look at limits, clock and trace chunk.

import { CLK_PER_INSTRUCTION, LEAST_FUEL, SLACK } from '../../runtime/abi.ts';
import type { Exit } from '../../runtime/exit.ts';
import { CONTROL, HIGH, INTERRUPT, STOPPED } from '../../runtime/layout.ts';
import type { ClockState, RunObserver } from '../../runtime/trace/observer.ts';
import type { Machine } from './machine.ts';
import { Pace } from './pace.ts';

const FIRST_SLICE = 2 ** 20;
/** Instructions between two looks at limits and interrupts: some milliseconds. */
const LAST_SLICE = 2 ** 24;
/** Compiled code is left and entered again at the end of each of the first slices: V8 optimises functions that are
 * called better than loops that it must replace on the stack. */
const EARLY_SLICES = 3;
/** Times that fuel runs out at a loop's head of WebAssembly before the function is left, and instructions between two such ways out. */
const OLD = 3;
const LEAVE_EVERY = 2 ** 22;
/** After something was compiled, slices are short for a while: the end of a slice is a path that V8 should see before
 * it optimises. */
const SHORT_SLICE = 2 ** 14;
const SHORT_SLICES = 64;

export interface MeterOptions {
  readonly maxCycles: number;
  /** See INTERRUPT; it may have the first word only. */
  readonly interrupt?: Int32Array | undefined;
}

export class Meter {
  readonly #control: Int32Array;
  readonly #machine: Machine;
  readonly #observer: RunObserver | undefined;
  readonly #options: MeterOptions;
  readonly #isPaced: boolean;
  /** From the first compilation on, of a paced run. */
  #pace: Pace | undefined;
  #granted = 0;
  #slices = 0;
  /** Instructions when compiled code was last made to leave. */
  #leftAt = 0;
  #shortSlices = 0;

  /** `isPaced`: compiled code runs only while it is fast. */
  constructor(
    control: Int32Array,
    machine: Machine,
    observer: RunObserver | undefined,
    options: MeterOptions,
    isPaced = false,
  ) {
    this.#control = control;
    this.#machine = machine;
    this.#observer = observer;
    this.#options = options;
    this.#isPaced = isPaced;
  }

  /** Instructions executed so far, as of the last spill of the fuel. */
  get instructions(): number {
    return this.#granted - this.#control[CONTROL.fuel]!;
  }

  /** Whether there is fuel that compiled code would use. */
  get hasFuel(): boolean {
    return this.#control[CONTROL.fuel]! >= LEAST_FUEL;
  }

  /** Whether the interpreter should run what is compiled. */
  get isWaiting(): boolean {
    return this.#pace?.isWaiting ?? false;
  }

  /** Whether what is compiled should run; it tests itself whether the fuel is enough for it. */
  get mayRunCompiled(): boolean {
    return this.hasFuel && !this.isWaiting;
  }

  /** Whether compiled code that left may have done so for want of fuel. */
  get isLow(): boolean {
    return this.#control[CONTROL.fuel]! < SLACK;
  }

  /** Whether anything may run, after granting more where that is possible. */
  get mayGoOn(): boolean {
    return this.hasFuel || this.refuel() || this.#control[CONTROL.fuel]! > 0;
  }

  /** The clock now, or `before` instructions ago. */
  clock(pc: number, before = 0): ClockState {
    const instructions = this.instructions - before;
    const clk = (this.#machine.clkOffset ?? 0) + CLK_PER_INSTRUCTION * instructions;
    return { pc, clk, globalClk: instructions - (this.#machine.uncounted ?? 0) };
  }

  /** Saves what it keeps besides the fuel; gives what restores it. */
  save(): () => void {
    const [granted, slices, shortSlices] = [this.#granted, this.#slices, this.#shortSlices];
    return () => {
      this.#granted = granted;
      this.#slices = slices;
      this.#shortSlices = shortSlices;
    };
  }

  /** Tells generated code the clock that belongs to the fuel granted so far. */
  syncClock(): void {
    const offset = this.#machine.clkOffset ?? 0;
    this.#control[CONTROL.clkBase] = (offset + CLK_PER_INSTRUCTION * this.#granted) | 0;
    this.#control[CONTROL.counted] = (this.#granted - (this.#machine.uncounted ?? 0)) | 0;
    this.#control[CONTROL.clkHi] = Math.floor((offset + CLK_PER_INSTRUCTION * this.instructions) / HIGH);
  }

  /** Instructions that may run before the observer must look. */
  #observedRoom(isInside: boolean): number {
    return this.#observer === undefined ? Number.POSITIVE_INFINITY : this.#observer.room(this.clock(0).clk, isInside);
  }

  /** Takes back fuel that a system call or a new chunk leaves no room for. */
  trim(): void {
    this.#takeBack(this.#control[CONTROL.fuel]! - this.#observedRoom(false));
  }

  #takeBack(excess: number): void {
    if (excess <= 0) return;
    this.#control[CONTROL.fuel]! -= excess;
    this.#granted -= excess;
    this.syncClock();
  }

  /** Something was compiled. */
  shorten(): void {
    if (this.#isPaced) this.#pace ??= new Pace();
    this.#shortSlices = SHORT_SLICES;
    this.#takeBack(this.#control[CONTROL.fuel]! - SHORT_SLICE);
  }

  /** Gives back the fuel of an instruction that did not complete. */
  undoOne(): void {
    this.#control[CONTROL.fuel]! += 1;
  }

  /**
   * Whether a function of WebAssembly that has asked for fuel so often is to be left, so that V8 can replace it. Not more often than that, as the
   * interpreter runs until the next entry: watched runs ask every few thousand instructions (keccak, metered: 0.6 of the time).
   */
  leaves(age: number): boolean {
    if (age % OLD !== OLD - 1 || this.#granted - this.#leftAt < LEAVE_EVERY) return false;
    this.#leftAt = this.#granted;
    return true;
  }

  /** Grants the next slice; false where nothing could be granted. */
  refuel(): boolean {
    this.#tell();
    this.#pace?.tick(this.instructions);
    return this.#grant(false);
  }

  /** `isInside`: compiled code asks, and the pc is known to nobody else. */
  #grant(isInside: boolean): boolean {
    const left = this.#options.maxCycles - this.#granted;
    if (left <= 0 || this.#interrupted !== 0) return false;
    const room = this.#observedRoom(isInside) - this.#control[CONTROL.fuel]!;
    const isShort = this.#shortSlices > 0 && !this.isWaiting;
    const most = this.#pace?.slice ?? LAST_SLICE;
    const slice = Math.min(left, room, most, isShort ? SHORT_SLICE : FIRST_SLICE * 2 ** this.#slices);
    if (slice <= 0) return false;
    if (isShort) this.#shortSlices--;
    else this.#slices++;
    this.#control[CONTROL.fuel]! += slice;
    this.#granted += slice;
    if (this.#observer !== undefined) this.syncClock();
    return true;
  }

  /** At a loop's head in compiled code: more fuel, or the same where it must leave. `early`: leave after the first slices. */
  refuelInside(fuel: number, tail: number, early: boolean): number {
    this.#control[CONTROL.fuel] = fuel;
    if (this.#observer !== undefined) this.#control[CONTROL.traceTail] = tail;
    if (early && this.#slices < EARLY_SLICES) return fuel;
    this.#tell();
    this.#pace?.tick(this.instructions);
    if (!this.isWaiting) this.#grant(true);
    return this.#control[CONTROL.fuel]!;
  }

  /** Tells the thread that may stop the run how far it is. */
  #tell(): void {
    const { interrupt } = this.#options;
    if (interrupt === undefined || interrupt.length < INTERRUPT.words) return;
    const { instructions } = this;
    interrupt[INTERRUPT.instructions] = instructions | 0;
    interrupt[INTERRUPT.instructions + 1] = Math.floor(instructions / HIGH);
  }

  get #interrupted(): number {
    const { interrupt } = this.#options;
    return interrupt === undefined ? 0 : Atomics.load(interrupt, INTERRUPT.stop);
  }

  /** How the run ends at `pc`, where somebody asked it to. */
  stopRequest(pc: number): Exit | undefined {
    const asked = this.#interrupted;
    if (asked === 0) return undefined;
    if (asked === STOPPED.timedOut) return { kind: 'limit', limit: 'timeout', pc: BigInt(pc) };
    return { kind: 'interrupted', pc: BigInt(pc) };
  }

  /** Why nothing more was granted. */
  limit(pc: number): Exit {
    return this.stopRequest(pc) ?? { kind: 'limit', limit: 'cycles', pc: BigInt(pc) };
  }
}
