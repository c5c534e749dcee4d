// Cuts a run into core shards while it runs, as the splicer of ../records/splicer.ts cuts its chunks: by the same account, at
// the same instructions, from counts instead of entries.
//
// The checker must be asked after each instruction with which the shard could be full. What instructions have added is at
// hand as the weight of the run; rows by chip are not, they are bounded by the instructions since counts were last swept.

import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import type { ClockState } from '../../../../runtime/trace/observer.ts';
import type { MeteredRun, Watcher } from '../../../engine/metering.ts';
import { ARGUMENTS, CALL, CLK_PER_ECALL, CLK_START, T0 } from '../abi.ts';
import { CALL_SHAPES, type CallShape } from '../records/chips.ts';
import type { ShardThresholds } from '../records/cut/shape.ts';
import { LOWEST_PROVABLE, ShardAccount, stepsInEpoch } from '../records/cut/shard-account.ts';
import type { DeferredCall, Hint, Splice, SplicedChunk } from '../records/cut/splice.ts';
import { Addresses } from '../records/memory/addresses.ts';
import { pointerSet } from '../records/walk/calls.ts';
import { TALLIES } from '../records/walk/operations.ts';
import { distinctDoublewords } from './call-touches.ts';
import { GAS_CHUNK_ENTRIES } from './gas.ts';
import { GasCounter } from './gas-counter.ts';
import { MemoryExtent } from './memory-extent.ts';
import { NO_TALLY, type SlotCosts } from './slot-costs.ts';
import { callStamp, hintStamp, isKnown, KIND, kindOf, ofPeriod, periodOf, wasListed } from './stamps.ts';

/** Where a bound that is not exact lets less than this run, counts are swept. */
const LITTLE = 2 ** 14;

/** Entries with which a chunk ends: of the trace, and a shard with it; of SP1's gas estimate, its own unless given. */
export interface ChunkSizes {
  readonly trace: number;
  readonly gas?: number | undefined;
}

interface PendingCall {
  readonly clk: number;
  readonly pc: number;
  readonly isHalt: boolean;
  readonly isSent: boolean;
}

export class LiveSplicer implements Watcher {
  readonly #run: MeteredRun;
  readonly costs: SlotCosts;
  readonly #program: Program;
  readonly #chunkEntries: number;
  readonly #shard: ShardAccount;
  /** Stamps tell periods: from 1, a new one where a shard or a chunk of the gas estimate begins. */
  #period = 1;
  /** Those in which the shard and that chunk began. */
  #ofShard = 1;
  #ofGas = 1;
  #clkStart: number;
  readonly #splices: Splice[] = [];
  readonly #registers: Int32Array;
  readonly memory: MemoryExtent;
  /** Doublewords below this one are at addresses that SP1 has rows for. */
  readonly #provable: number;
  readonly gas: GasCounter;
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
  /** Slot of the last instruction, where it was swept alone, else -1; whether it will be. */
  #last = -1;
  #isAlone = false;
  #call: PendingCall | undefined;
  /** Registers that instructions accessed since the shard was last told. */
  #accessed = 0;
  /** Cells of the shards that are done. */
  #cellsBefore = 0;

  constructor(
    run: MeteredRun,
    costs: SlotCosts,
    program: Program,
    thresholds: ShardThresholds,
    { trace, gas = GAS_CHUNK_ENTRIES }: ChunkSizes,
  ) {
    this.#run = run;
    this.costs = costs;
    this.memory = new MemoryExtent(run.memory.plan);
    this.#provable = run.memory.plan.windowBase >= LOWEST_PROVABLE ? run.memory.farOffset / 8 : 0;
    this.#program = program;
    this.#chunkEntries = trace;
    this.#registers = run.memory.control;
    this.#clk = CLK_START;
    this.#clkStart = CLK_START;
    this.executions = new Float64Array(run.text.slots);
    this.gas = new GasCounter(run.text, costs, this.executions, gas);
    this.#shard = new ShardAccount(thresholds, program.text.length >>> 2, () => this.#takeAccessed());
    this.#shard.begin();
    run.period = periodOf(this.#period);
  }

  /** Cells of real rows so far. */
  spent(): number {
    return this.#cellsBefore + this.#shard.cells + this.#run.weight;
  }

  recorded(): void {
    this.#entries++;
    this.gas.entries++;
  }

  touched(list: Int32Array): void {
    const [ofShard, ofGas] = [this.#ofShard, this.#ofGas];
    let locals = 0;
    for (let at = 0; at < list.length; at += 2) {
      const doubleword = list[at]!;
      const before = list[at + 1]!;
      if (isKnown(before) && ofPeriod(before) < ofShard && doubleword < this.#provable) {
        locals++;
        if (ofPeriod(before) < ofGas) this.gas.local();
      } else this.#touch(doubleword, before);
    }
    this.#shard.locals(locals);
  }

  #touch(doubleword: number, before: number): void {
    const shard = this.#shard;
    if (ofPeriod(before) < this.#ofShard || kindOf(before) === KIND.sentCall) shard.locals(1);
    else if (kindOf(before) === KIND.hinted) shard.seemingLocal();
    shard.access(this.#note(before, doubleword), 0);
  }

  /** An access to a doubleword that had this stamp; gives its address. */
  #note(stamp: number, doubleword: number): number {
    const address = this.#run.memory.addressOf(8 * doubleword);
    this.memory.mark(stamp, address);
    if (!wasListed(stamp)) this.#addresses.push(address);
    if (ofPeriod(stamp) < this.#ofGas || kindOf(stamp) === KIND.hinted) this.gas.local();
    return address;
  }

  accessed(doubleword: number, stamp: number): number {
    if (!isKnown(stamp)) this.#note(stamp, doubleword);
    else if (ofPeriod(stamp) < this.#ofGas) this.gas.local();
    const isSent = this.#call!.isSent;
    const kind = kindOf(stamp);
    const isNew = ofPeriod(stamp) < this.#ofShard || (kind === KIND.sentCall && !isSent);
    if (isNew && !isSent) this.#shard.locals(1);
    else if (isNew || kind === KIND.hinted) this.#shard.seemingLocal();
    return callStamp(this.#period, isSent);
  }

  filled(doubleword: number, stamp: number): number {
    if (stamp === 0) this.memory.mark(stamp, this.#run.memory.addressOf(8 * doubleword));
    return hintStamp(this.#period, this.#ofShard, stamp);
  }

  /** Moves counts to the shard's. */
  #sweep(): void {
    const { tallies, registers, accesses } = this.costs;
    const { executions } = this;
    const counted = this.#counted.fill(0);
    let used = 0;
    let entries = 0;
    let last = -1;
    this.#run.blocks.sweep((slot, count) => {
      executions[slot]! += count;
      last = slot;
      const tally = tallies[slot]!;
      if (tally === NO_TALLY) return;
      counted[tally]! += count;
      used |= registers[slot]!;
      if (accesses[slot] === 1) entries += count;
    });
    this.#entries += entries;
    this.gas.entries += entries;
    this.#run.weight = 0;
    if (this.#pending > 0) this.#last = this.#isAlone ? last : -1;
    this.#pending = 0;
    this.gas.use(used);
    this.#accessed |= used;
    const { crossings } = this.#shard;
    for (const [tally, count] of counted.entries()) this.#shard.tally(tally, count);
    this.gas.cross(this.#shard.crossings - crossings);
  }

  #takeAccessed(): number {
    this.#sweep();
    const accessed = this.#accessed;
    this.#accessed = 0;
    return accessed;
  }

  /** Takes note of the instructions up to `clk`, none of them a call. */
  #advance(clk: number): void {
    const from = this.#clk;
    const count = (clk - from) / CLK_PER_INSTRUCTION;
    if (count === 0) return;
    this.#isAlone = this.#pending === 0 && count === 1;
    this.#pending += count;
    this.#shard.instructions += count;
    this.#clk = clk;
    if (count > 1 || stepsInEpoch(from) > 1) return;
    const { crossings } = this.#shard;
    this.#sweep();
    const isCrossing = this.#shard.crossings > crossings;
    this.gas.tick(from, CLK_PER_INSTRUCTION, isCrossing);
    this.#shard.tick(from, CLK_PER_INSTRUCTION, isCrossing);
  }

  #finishCall(): void {
    if (this.#call === undefined) return;
    const { clk, pc, isHalt } = this.#call;
    this.#call = undefined;
    const isCrossing = this.#shard.endCall(clk, pc, isHalt);
    if (isCrossing) this.gas.cross(1);
    this.gas.tick(clk, CLK_PER_ECALL, isCrossing);
    this.#clk = clk + CLK_PER_ECALL;
    this.#last = -1;
    this.#isAlone = false;
  }

  room(clk: number): number {
    this.#finishCall();
    this.#advance(clk);
    this.#cut(clk);
    this.#cutGas();
    this.gas.step();
    return Math.max(1, Math.min(this.#toEpoch(clk), this.#exactRoom()));
  }

  /** Ends the shard where the chunk ends or the checker says so. */
  #cut(clk: number): void {
    if (this.#entries + this.#pending >= this.#chunkEntries) {
      this.#sweep();
      if (this.#entries >= this.#chunkEntries) {
        this.#next(clk);
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
    this.#end(false, clk);
    this.#shard.begin();
    this.#clkStart = clk;
    this.#ofShard = this.#nextPeriod();
  }

  #nextPeriod(): number {
    this.#period++;
    this.#run.period = periodOf(this.#period);
    return this.#period;
  }

  /** Ends the chunk of the gas estimate, of which the last instruction is one that was let run alone. */
  #cutGas(): void {
    if (this.gas.left > this.#pending) return;
    this.#sweep();
    if (!this.gas.isFull) return;
    this.gas.end(this.#last);
    this.#ofGas = this.#nextPeriod();
  }

  #end(isHalted: boolean, clk: number): void {
    const clks = { clkStart: this.#clkStart, clkEnd: clk };
    this.#splices.push({ ...this.#shard.finish(isHalted), ...clks, ...NO_PLACE });
    this.#cellsBefore += this.#shard.cells;
  }

  #toEpoch(clk: number): number {
    const steps = stepsInEpoch(clk);
    // Whether the next one crosses a page is told by what is counted then.
    if (steps <= 1 && this.#pending > 0) this.#sweep();
    return steps;
  }

  /** Instructions after which neither shard nor chunk can be full but with the last. */
  #exactRoom(): number {
    const { checker, isCommitting } = this.#shard;
    // No bound: what they come to is exact without a sweep.
    const byArea = isCommitting ? Number.POSITIVE_INFINITY : checker.roomByArea(this.#run.weight);
    const byRows = this.#roomByRows();
    if (byRows >= Math.min(LITTLE, byArea) || (this.#pending < LITTLE / 16 && byRows > 1))
      return Math.min(byArea, byRows);
    this.#sweep();
    return Math.min(byArea, this.#roomByRows());
  }

  /** The same as far as rows of chips and entries go, of which pending instructions may have made one each. */
  #roomByRows(): number {
    const { checker, isCommitting } = this.#shard;
    const byHeight = isCommitting ? Number.POSITIVE_INFINITY : checker.roomByHeight(this.#pending);
    const byGas = this.gas.left - this.#pending - 1;
    return Math.min(byHeight, byGas, this.#chunkEntries - this.#entries - this.#pending);
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
    if (!this.gas.hasCalls) this.#sweep();
    this.gas.call(code, shape === undefined ? 0 : pointerSet(code));
    const cells = this.#shard.call(code, shape);
    const isSent = shape !== undefined && !shape.isRetained;
    this.#call = { clk, pc, isHalt: code === CALL.halt, isSent };
    if (shape !== undefined) {
      const slot = (pc - this.#program.textBase) >>> 2;
      this.callCells.set(slot, (this.callCells.get(slot) ?? 0) + cells);
      if (isSent) this.#defer(code, shape, clk);
    }
    if (code === CALL.hintRead) this.hints.push({ address: this.#argument(0), bytes: this.#argument(1) });
  }

  #defer(code: number, shape: CallShape, clk: number): void {
    this.deferred.push({ code, clk, touched: distinctDoublewords(code, shape, index => this.#argument(index)) });
  }

  /** After the run: what there is of shards. `isHalted`: it ended by the halt; else the shard that it was in is none. */
  finish(isHalted: boolean, clk: number): SplicedChunk {
    this.#finishCall();
    this.#advance(clk);
    this.#sweep();
    this.#end(isHalted, clk);
    this.gas.end(-1);
    return {
      splices: isHalted ? this.#splices : this.#splices.slice(0, -1),
      deferred: this.deferred,
      hints: this.hints,
      touched: this.#addresses.values,
      accessed: this.#shard.accessed,
      exitCode: isHalted ? 0 : undefined,
      committed: new Map(),
      deferredDigest: new Map(),
    };
  }
}

/** What of a splice only whoever reads the chunk needs. */
const NO_PLACE = { registers: new BigUint64Array(0), pcStart: 0, pcEnd: 0, entriesBefore: 0, entriesEnd: 0 };
