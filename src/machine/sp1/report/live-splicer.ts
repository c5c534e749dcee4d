// Cuts a run into core shards while it runs, as the splicer of ../records/splicer.ts cuts its chunks: by the same checker, at
// the same instructions, with the same rows, from counts instead of entries.
//
// The checker must be asked after each instruction with which the shard could be full. What instructions have added is at
// hand as the weight of the run; rows by chip are not, they are bounded by the instructions since counts were last swept.

import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import type { ClockState } from '../../../../runtime/trace/observer.ts';
import type { MeteredRun, Watcher } from '../../../engine/metering.ts';
import { ARGUMENTS, CALL, CLK_PER_ECALL, T0 } from '../abi.ts';
import { Addresses } from '../records/addresses.ts';
import { COMMIT, COMMIT_DEFERRED, pointerRegisters } from '../records/calls.ts';
import { CALL_SHAPES, type CallShape } from '../records/chips.ts';
import { TALLIES } from '../records/operations.ts';
import type { ShardThresholds } from '../records/shape.ts';
import type { DeferredCall, Hint, SplicedChunk } from '../records/splice.ts';
import { distinctDoublewords } from './call-touches.ts';
import { GasCounter } from './gas-counter.ts';
import { LiveShard } from './live-shard.ts';
import { MemoryExtent } from './memory-extent.ts';
import { NO_TALLY, type SlotCosts } from './slot-costs.ts';
import { callStamp, hintStamp, KIND, kindOf, periodOf, shardOf, wasLoaded } from './stamps.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
/** Where a bound that is not exact lets less than this run, counts are swept. */
const LITTLE = 2 ** 14;
/** The address gadget inverts the sum of the upper limbs. */
const LOWEST_PROVABLE = 2 ** 16;

interface PendingCall {
  readonly clk: number;
  readonly isCrossing: boolean;
  readonly isSent: boolean;
}

export class LiveSplicer implements Watcher {
  readonly #run: MeteredRun;
  readonly costs: SlotCosts;
  readonly #program: Program;
  readonly #chunkEntries: number;
  readonly #shard: LiveShard;
  readonly #registers: Int32Array;
  readonly memory: MemoryExtent;
  readonly gas: GasCounter = new GasCounter();
  /** Executions by slot, and cells of calls by the slot of the call. */
  readonly executions: Float64Array;
  readonly callCells: Map<number, number> = new Map();
  readonly deferred: DeferredCall[] = [];
  readonly hints: Hint[] = [];
  readonly #addresses: Addresses = new Addresses();
  readonly #counted = new Float64Array(TALLIES.length);
  /** clk of the last look. */
  #clk: number;
  /** Instructions since counts were swept. */
  #pending = 0;
  /** Entries of the chunk, without those of pending instructions. */
  #entries = 0;
  #entriesBefore = 0;
  #call: PendingCall | undefined;
  #crossings = 0;
  /** Cells of the shards that are done. */
  #cellsBefore = 0;

  constructor(run: MeteredRun, costs: SlotCosts, program: Program, thresholds: ShardThresholds, chunkEntries: number) {
    this.#run = run;
    this.costs = costs;
    this.memory = new MemoryExtent(run.memory.plan);
    this.#program = program;
    this.#chunkEntries = chunkEntries;
    this.#registers = run.memory.control;
    this.#clk = 1;
    this.executions = new Float64Array(run.text.slots);
    this.#shard = new LiveShard(thresholds, program.text.length >>> 2, () => this.#sweep());
    this.#shard.begin(this.#clk);
    run.period = periodOf(this.#shard.number);
  }

  /** Of the whole trace, were there one. */
  get entries(): number {
    return this.#entriesBefore + this.#entries;
  }

  /** Cells of real rows so far. */
  spent(): number {
    return this.#cellsBefore + this.#shard.cells + this.#run.weight;
  }

  recorded(): void {
    this.#entries++;
  }

  touched(list: Int32Array): void {
    const { memory } = this.#run;
    const shard = this.#shard;
    for (let at = 0; at < list.length; at += 2) {
      const before = list[at + 1]!;
      const address = memory.addressOf(8 * list[at]!);
      const isHere = shardOf(before) === shard.number;
      if (!isHere) shard.local(true);
      else if (kindOf(before) === KIND.sentCall) shard.local(true);
      else if (kindOf(before) === KIND.hinted) shard.local(false);
      this.memory.mark(before, address);
      if (!wasLoaded(before)) this.#addresses.push(address);
      if (shardOf(before) === 0 || kindOf(before) === KIND.hinted) this.gas.local();
      shard.accessed(address, address < LOWEST_PROVABLE);
    }
  }

  accessed(doubleword: number, stamp: number): number {
    this.memory.mark(stamp, this.#run.memory.addressOf(8 * doubleword));
    const shard = this.#shard;
    const isSent = this.#call!.isSent;
    const isHere = shardOf(stamp) === shard.number;
    const isNew = !isHere || kindOf(stamp) === KIND.hinted || (kindOf(stamp) === KIND.sentCall && !isSent);
    if (isNew) shard.local(!isSent);
    if (shardOf(stamp) === 0 || kindOf(stamp) === KIND.hinted) this.gas.local();
    return callStamp(shard.number, stamp, isSent);
  }

  filled(doubleword: number, stamp: number): number {
    this.memory.mark(stamp, this.#run.memory.addressOf(8 * doubleword));
    return hintStamp(this.#shard.number, stamp);
  }

  /** Moves counts to the shard's. */
  #sweep(): void {
    const { tallies, registers, accesses } = this.costs;
    const { executions } = this;
    const counted = this.#counted.fill(0);
    let used = 0;
    let entries = 0;
    this.#run.blocks.sweep((slot, count) => {
      executions[slot]! += count;
      const tally = tallies[slot]!;
      if (tally === NO_TALLY) return;
      counted[tally]! += count;
      used |= registers[slot]!;
      if (accesses[slot] === 1) entries += count;
    });
    this.#entries += entries;
    this.#run.weight = 0;
    this.#pending = 0;
    this.gas.use(used);
    this.#shard.use(used);
    counted.forEach((count, tally) => {
      if (count === 0) return;
      const { chip, isCrossing } = TALLIES[tally]!;
      this.#shard.add(chip, count);
      if (!isCrossing) return;
      this.#crossings += count;
      this.#shard.cross(count);
      this.gas.cross(count);
    });
  }

  /** Takes note of the instructions up to `clk`, none of them a call. */
  #advance(clk: number): void {
    const from = this.#clk;
    const count = (clk - from) / CLK_PER_INSTRUCTION;
    if (count === 0) return;
    this.#pending += count;
    this.#shard.instructions += count;
    this.#clk = clk;
    if (count > 1 || (from % CLK_EPOCH) + 2 * CLK_PER_INSTRUCTION < CLK_EPOCH) return;
    const crossings = this.#crossings;
    this.#sweep();
    this.#tick(from, CLK_PER_INSTRUCTION, this.#crossings > crossings);
  }

  #tick(clk: number, increment: number, isBumped: boolean): void {
    this.gas.tick(clk, increment, isBumped);
    this.#shard.tick(clk, increment, isBumped);
  }

  #finishCall(): void {
    if (this.#call === undefined) return;
    const { clk, isCrossing } = this.#call;
    this.#call = undefined;
    if (isCrossing) {
      this.#shard.cross(1);
      this.gas.cross(1);
    }
    this.#clk = clk + CLK_PER_ECALL;
    this.#shard.instructions++;
    this.#tick(clk, CLK_PER_ECALL, isCrossing);
  }

  room(clk: number): number {
    this.#finishCall();
    this.#advance(clk);
    this.#cut(clk);
    return Math.max(1, Math.min(this.#toEpoch(clk), this.#exactRoom()));
  }

  /** Ends the shard where the chunk ends or the checker says so. */
  #cut(clk: number): void {
    if (this.#entries + this.#pending >= this.#chunkEntries) {
      this.#sweep();
      if (this.#entries >= this.#chunkEntries) {
        this.#next(clk);
        this.#entriesBefore += this.#entries;
        this.#entries = 0;
        return;
      }
    }
    const shard = this.#shard;
    if (shard.isCommitting || !shard.checker.couldBeFull(this.#run.weight, this.#pending)) return;
    this.#sweep();
    if (shard.checker.isFull) this.#next(clk);
  }

  #next(clk: number): void {
    this.#shard.finish(false, clk);
    this.#cellsBefore += this.#shard.cells;
    this.#shard.begin(clk);
    this.#run.period = periodOf(this.#shard.number);
  }

  #toEpoch(clk: number): number {
    const steps = Math.floor((CLK_EPOCH - (clk % CLK_EPOCH)) / CLK_PER_INSTRUCTION) - 1;
    // Whether the next one crosses a page is told by what is counted then.
    if (steps <= 1 && this.#pending > 0) this.#sweep();
    return steps;
  }

  /** Instructions after which neither shard nor chunk can be full but with the last. */
  #exactRoom(): number {
    const room = (): number => {
      const { checker, isCommitting } = this.#shard;
      const inShard = isCommitting ? Number.POSITIVE_INFINITY : checker.roomBeyond(this.#run.weight, this.#pending);
      return Math.min(inShard, this.#chunkEntries - this.#entries - this.#pending);
    };
    const bound = room();
    if (bound >= LITTLE || this.#pending < LITTLE / 16) return bound;
    this.#sweep();
    return room();
  }

  #argument(index: 0 | 1 | 2 | 3 | 4): number {
    const at = CONTROL.registers + 2 * ARGUMENTS[index];
    return (this.#registers[at + 1]! >>> 0) * HIGH + (this.#registers[at]! >>> 0);
  }

  call({ clk, pc }: ClockState): void {
    this.#finishCall();
    this.#advance(clk);
    const code = this.#registers[CONTROL.registers + 2 * T0]! >>> 0;
    const shape = CALL_SHAPES.get(code);
    const isHalt = code === CALL.halt;
    const shard = this.#shard;
    if (!this.gas.hasCalls) this.#sweep();
    this.gas.call(code);
    shard.call(code === COMMIT || code === COMMIT_DEFERRED);
    this.#call = {
      clk,
      isCrossing: !isHalt && (pc + 4) % PC_EPOCH === 0,
      isSent: shape !== undefined && !shape.isRetained,
    };
    if (shape !== undefined) this.#precompile(code, shape, clk, pc);
    if (code === CALL.hintRead) this.hints.push({ address: this.#argument(0), bytes: this.#argument(1) });
  }

  #precompile(code: number, shape: CallShape, clk: number, pc: number): void {
    const pointers = pointerRegisters(code).reduce((set, r) => set | (1 << r), 0);
    this.gas.use(pointers);
    const cells = this.#shard.precompile(shape, pointers);
    const slot = (pc - this.#program.textBase) >>> 2;
    this.callCells.set(slot, (this.callCells.get(slot) ?? 0) + cells);
    if (shape.isRetained) return;
    this.deferred.push({ code, clk, touched: distinctDoublewords(code, shape, index => this.#argument(index)) });
  }

  /** After the run: what there is of shards. `isHalted`: it ended by the halt; else the shard that it was in is none. */
  finish(isHalted: boolean, clk: number): SplicedChunk {
    this.#finishCall();
    this.#advance(clk);
    this.#sweep();
    const shard = this.#shard;
    shard.finish(isHalted, clk);
    this.#cellsBefore += shard.cells;
    return {
      splices: isHalted ? shard.splices : shard.splices.slice(0, -1),
      deferred: this.deferred,
      hints: this.hints,
      touched: this.#addresses.values,
      accessed: isHalted ? shard.registersAccessed : -1,
      exitCode: isHalted ? 0 : undefined,
      committed: new Map(),
      deferredDigest: new Map(),
    };
  }
}
