// Cuts a run into slices of so many instructions while it runs, and counts what shards made of these will have, by the splicer's rules
// (../records/splicer.ts), but for MemoryBump: a register's first access in an epoch of a shard has a row, and here all have.
// The stamp of a doubleword is the number of the slice that touched it last, from 1; 0 where nobody did, or a call with a shard of its
// own: whoever touches it next has it anew.

import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import type { ClockState } from '../../../../runtime/trace/observer.ts';
import type { MeteredRun, Watcher } from '../../../engine/metering.ts';
import type { Slice } from '../../../planner/run/run-profile.ts';
import { ARGUMENTS, CALL, CLK_PER_ECALL, T0 } from '../abi.ts';
import { CALL_SHAPES, type CallShape, CHIP_NAMES, type ChipName } from '../records/chips.ts';
import { GranuleSet } from '../records/cut/granules.ts';
import { stepsInEpoch } from '../records/cut/shard-account.ts';
import type { DeferredCall, Hint } from '../records/cut/splice.ts';
import { distinctDoublewords } from '../report/call-touches.ts';
import { SliceCounts, type SlotTallies } from './slice-counts.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
const REGISTERS = 32;

const chipIndex = (name: ChipName): number => CHIP_NAMES.indexOf(name);
const SYSCALL_INSTRS = chipIndex('SyscallInstrs');
const SYSCALL_CORE = chipIndex('SyscallCore');
const MEMORY_BUMP = chipIndex('MemoryBump');
const STATE_BUMP = chipIndex('StateBump');
const GLOBAL = chipIndex('Global');

/** Of a slice before the run's end, when it is known what was read. */
const NO_TAPE = new Uint8Array(32);

/** Slices from a clk on have so many instructions. */
export interface Fineness {
  readonly clk: number;
  readonly instructions: number;
}

export class LiveSlicer implements Watcher {
  readonly slices: Slice[] = [];
  /** Inputs that the guest has read when a slice ends, by slice. */
  readonly hintsRead: number[] = [];
  /** What decides the shards of calls and of memory: calls with shards of their own, places of inputs, doublewords that were accessed. */
  readonly deferred: DeferredCall[] = [];
  readonly hints: Hint[] = [];
  readonly accessedWords: GranuleSet = new GranuleSet();
  readonly #run: MeteredRun;
  readonly #counts: SliceCounts;
  readonly #fineness: readonly Fineness[];
  readonly #chunkEntries: number;
  readonly #registers: Int32Array;
  /** Doublewords below this one are at addresses that are no register's. */
  readonly #plain: number;
  /** The fineness that holds. */
  #finer = 0;
  #hints = 0;
  /** clk of the last look. */
  #clk = 1;
  #clkStart = 1;
  #pcStart: number;
  #most: number;
  #instructions = 0;
  /** Instructions since counts were swept. */
  #pending = 0;
  /** Entries of the chunk, without those of pending instructions; those before the slice. */
  #entries = 0;
  #entriesBefore = 0;
  /** Of the call that is being done, if one is: its clk, pc and code, and whether it has a shard of its own. */
  #isInCall = false;
  #callClk = 0;
  #callPc = 0;
  #callCode = 0;
  #isSent = false;
  /** Commits and halt stay together: no slice ends before the chunk does. */
  #isCommitting = false;
  #lastCall: number | undefined;
  /** Behind the last call. */
  #pcNext = 0;

  /** Fineness by clk, ascending; the first is for the start of the run. */
  constructor(
    run: MeteredRun,
    tallies: SlotTallies,
    entry: number,
    fineness: readonly Fineness[],
    chunkEntries: number,
  ) {
    this.#run = run;
    this.#counts = new SliceCounts(tallies);
    this.#fineness = fineness;
    this.#chunkEntries = chunkEntries;
    this.#registers = run.memory.control;
    this.#plain = run.memory.plan.windowBase >= REGISTERS ? run.memory.farOffset / 8 : 0;
    this.#pcStart = entry;
    this.#most = this.#instructionsAt(1);
    run.period = 1;
  }

  recorded(): void {
    this.#entries++;
  }

  touched(list: Int32Array): void {
    const counts = this.#counts;
    const plain = this.#plain;
    for (let at = 0; at < list.length; at += 2) {
      const doubleword = list[at]!;
      const stamp = list[at + 1]!;
      if (stamp !== 0 && doubleword < plain) counts.touch(stamp);
      else this.#touch(doubleword, stamp);
    }
  }

  #touch(doubleword: number, stamp: number): void {
    const address = this.#run.memory.addressOf(8 * doubleword);
    if (stamp === 0) this.accessedWords.add(address);
    // SP1 keeps what is below under the number of a register, which every shard has.
    if (address >= REGISTERS) this.#counts.touch(stamp);
  }

  accessed(doubleword: number, stamp: number): number {
    const { period, memory } = this.#run;
    const address = memory.addressOf(8 * doubleword);
    if (stamp === 0) this.accessedWords.add(address);
    if (this.#isSent) return 0;
    if (stamp !== period && address >= REGISTERS) this.#counts.touch(stamp);
    return period;
  }

  filled(_doubleword: number, stamp: number): number {
    return stamp;
  }

  room(clk: number, isInside: boolean): number {
    this.#finishCall();
    this.#advance(clk);
    const { isOver, endsChunk } = this.#isOver();
    // The place is told where compiled code was left.
    if (isOver && isInside) return 0;
    if (isOver) this.#cut(clk, endsChunk);
    return Math.max(1, Math.min(this.#toEpoch(clk), this.#left));
  }

  block({ pc, clk }: ClockState): void {
    if (clk === this.#clkStart) this.#pcStart = pc;
  }

  get #left(): number {
    const inChunk = this.#chunkEntries - this.#entries - this.#pending;
    return this.#isCommitting ? inChunk : Math.min(inChunk, this.#most - this.#instructions);
  }

  #isOver(): { readonly isOver: boolean; readonly endsChunk: boolean } {
    if (this.#entries + this.#pending >= this.#chunkEntries) this.#sweep();
    const endsChunk = this.#entries >= this.#chunkEntries;
    const isWhole = !this.#isCommitting && this.#instructions >= this.#most;
    return { isOver: endsChunk || isWhole, endsChunk };
  }

  /** Moves counts to the slice's. */
  #sweep(): number {
    this.#pending = 0;
    const { entries, crossings } = this.#counts.sweep(this.#run.blocks);
    this.#entries += entries;
    this.#counts.add(STATE_BUMP, crossings);
    return crossings;
  }

  /** Takes note of the instructions up to `clk`, none of them a call. */
  #advance(clk: number): void {
    const from = this.#clk;
    const count = (clk - from) / CLK_PER_INSTRUCTION;
    if (count === 0) return;
    this.#pending += count;
    this.#instructions += count;
    this.#lastCall = undefined;
    this.#clk = clk;
    if (count > 1 || (from % CLK_EPOCH) + 2 * CLK_PER_INSTRUCTION < CLK_EPOCH) return;
    // Nothing else was pending: see #toEpoch.
    this.#tick(from, CLK_PER_INSTRUCTION, this.#sweep() > 0);
  }

  /** The clock goes on from `clk`: rows for a change of its upper bits, unless the instruction has them already. */
  #tick(clk: number, increment: number, isBumped: boolean): void {
    if ((clk % CLK_EPOCH) + increment < CLK_EPOCH) return;
    if (!isBumped) this.#counts.add(STATE_BUMP, 1);
    this.#counts.add(MEMORY_BUMP, REGISTERS);
  }

  #toEpoch(clk: number): number {
    const steps = stepsInEpoch(clk);
    // Whether the next one crosses a page is told by what is counted then.
    if (steps <= 1 && this.#pending > 0) this.#sweep();
    return steps;
  }

  #argument(index: 0 | 1 | 2 | 3 | 4): number {
    const at = CONTROL.registers + 2 * ARGUMENTS[index];
    return (this.#registers[at + 1]! >>> 0) * HIGH + (this.#registers[at]! >>> 0);
  }

  call({ clk, pc }: ClockState): void {
    this.#finishCall();
    this.#advance(clk);
    const code = this.#registers[CONTROL.registers + 2 * T0]! >>> 0;
    this.#isInCall = true;
    this.#callClk = clk;
    this.#callPc = pc;
    this.#callCode = code;
    this.#counts.add(SYSCALL_INSTRS, 1);
    if (code === CALL.hintRead) {
      this.#hints++;
      this.hints.push({ address: this.#argument(0), bytes: this.#argument(1) });
    }
    const shape = CALL_SHAPES.get(code);
    this.#isSent = shape?.isRetained === false;
    if (shape !== undefined) this.#precompile(code, shape);
    if (code === CALL.commit || code === CALL.commitDeferred) this.#isCommitting = true;
  }

  #precompile(code: number, shape: CallShape): void {
    if (shape.isRetained) {
      this.#counts.add(chipIndex(shape.chip), shape.rows);
      if (shape.control !== undefined) this.#counts.add(chipIndex(shape.control), 1);
      return;
    }
    this.#counts.add(SYSCALL_CORE, 1);
    this.#counts.add(GLOBAL, 1);
    const touched = distinctDoublewords(code, shape, index => this.#argument(index));
    this.#counts.defer(code, touched);
    this.deferred.push({ code, clk: this.#callClk, touched });
  }

  #finishCall(): void {
    if (!this.#isInCall) return;
    this.#isInCall = false;
    const [clk, pc, code] = [this.#callClk, this.#callPc, this.#callCode];
    const isCrossing = code !== CALL.halt && (pc + 4) % PC_EPOCH === 0;
    if (isCrossing) this.#counts.add(STATE_BUMP, 1);
    this.#clk = clk + CLK_PER_ECALL;
    this.#instructions++;
    this.#lastCall = code;
    // Where the slice ends here, the next begins behind the call.
    this.#pcNext = pc + 4;
    this.#tick(clk, CLK_PER_ECALL, isCrossing);
  }

  #instructionsAt(clk: number): number {
    while (this.#fineness[this.#finer + 1] !== undefined && this.#fineness[this.#finer + 1]!.clk <= clk) this.#finer++;
    return this.#fineness[this.#finer]!.instructions;
  }

  #cut(clk: number, endsChunk: boolean): void {
    this.#sweep();
    this.slices.push({
      instructions: this.#instructions,
      pcStart: this.#pcStart,
      clkStart: this.#clkStart,
      clkEnd: clk,
      entries: this.#entries - this.#entriesBefore,
      endsChunk,
      ...this.#counts.take(),
      tape: NO_TAPE,
      call: this.#instructions === 1 ? this.#lastCall : undefined,
    });
    this.hintsRead.push(this.#hints);
    if (endsChunk) {
      this.#entries = 0;
      this.#isCommitting = false;
    }
    this.#entriesBefore = this.#entries;
    this.#clkStart = clk;
    this.#pcStart = this.#pcNext;
    this.#instructions = 0;
    this.#most = this.#instructionsAt(clk);
    this.#run.period = this.slices.length + 1;
  }

  /** After the run: all slices; the last ends with the chunk. */
  finish(clk: number): void {
    this.#finishCall();
    this.#advance(clk);
    if (this.#instructions > 0) this.#cut(clk, true);
  }
}
