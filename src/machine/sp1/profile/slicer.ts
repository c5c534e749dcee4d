// Cuts chunks into slices of so many instructions and counts what shards made of these will have, by the splicer's rules
// (../records/splicer.ts), but for MemoryBump: a register's first access in an epoch of a shard has a row, and here all have.

import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { HIGH } from '../../../../runtime/layout.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { Slice } from '../../../planner/run/run-profile.ts';
import { CALL, CLK_PER_ECALL } from '../abi.ts';
import { type Call, type CallTraffic, callAt, hintOf } from '../records/calls.ts';
import { CALL_SHAPES, type CallShape, CHIP_NAMES, type ChipName } from '../records/chips.ts';
import { TALLIES } from '../records/operations.ts';
import { stepsInEpoch } from '../records/shard-account.ts';
import { Walker } from '../records/walker.ts';
import { SliceCounts } from './slice-counts.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
const REGISTERS = 32;
/** Instructions between two looks at where the run is. */
const SAMPLE = 4096;

const chipIndex = (name: ChipName): number => CHIP_NAMES.indexOf(name);
const SYSCALL_INSTRS = chipIndex('SyscallInstrs');
const SYSCALL_CORE = chipIndex('SyscallCore');
const MEMORY_BUMP = chipIndex('MemoryBump');
const STATE_BUMP = chipIndex('StateBump');
const GLOBAL = chipIndex('Global');

/** Slices from a clk on have so many instructions. */
export interface Fineness {
  readonly clk: number;
  readonly instructions: number;
}

export class Slicer {
  readonly slices: Slice[] = [];
  readonly #walker: Walker;
  readonly #counts: SliceCounts;
  readonly #fineness: readonly Fineness[];
  /** The one that holds. */
  #finer = 0;
  /** Inputs that the guest has read when a slice ends, by slice. */
  readonly hintsRead: number[] = [];
  #hints = 0;
  #crossings = 0;
  /** Commits and halt stay together: no slice ends before the chunk does. */
  #isCommitting = false;
  #isHalted = false;
  /** An ecall is next. */
  #isAtCall = false;
  #hasPrecompiles = false;

  /** By clk, ascending; the first is for the start of the run. */
  constructor(program: Program, fineness: readonly Fineness[]) {
    this.#fineness = fineness;
    this.#counts = new SliceCounts();
    const counts = this.#counts;
    this.#walker = new Walker(program, {
      fresh: (low, high) => counts.touch(doublewordOf(low, high)),
      // What a call accessed counts by the table, not by the walk.
      filtered: (low, high) => {
        counts.touch(doublewordOf(low, high));
        return 0;
      },
      stale: () => undefined,
      ecall: () => {
        this.#isAtCall = true;
        return this.#walker.clk;
      },
    });
  }

  /** @throws TRACE_INVALID where the chunk is not of this program. */
  add(chunk: TraceChunk): void {
    const walker = this.#walker;
    walker.begin(chunk);
    this.#isCommitting = false;
    while (walker.clk < chunk.clkEnd && !this.#isHalted) this.#slice(chunk.clkEnd);
  }

  #instructionsAt(clk: number): number {
    while (this.#fineness[this.#finer + 1] !== undefined && this.#fineness[this.#finer + 1]!.clk <= clk) this.#finer++;
    return this.#fineness[this.#finer]!.instructions;
  }

  #slice(clkEnd: number): void {
    const walker = this.#walker;
    const { clk: clkStart, pc: pcStart, entriesTaken } = walker;
    walker.shardStart = clkStart;
    walker.precompiled = Number.POSITIVE_INFINITY;
    this.#hasPrecompiles = false;
    walker.clearTallies();
    walker.clearFilter();
    walker.takeFresh();
    this.#counts.begin(this.slices.length);
    const most = this.#instructionsAt(clkStart);
    let instructions = 0;
    let call: number | undefined;
    while (walker.clk < clkEnd && !this.#isHalted && (instructions < most || this.#isCommitting)) {
      const left = this.#isCommitting ? Number.POSITIVE_INFINITY : most - instructions;
      const { ran, isCall } = this.#step(clkEnd, left);
      instructions += ran;
      if (!isCall || ran === left) continue;
      call = this.#call();
      instructions++;
    }
    this.#take();
    this.slices.push({
      instructions,
      pcStart,
      clkStart,
      clkEnd: walker.clk,
      entries: walker.entriesTaken - entriesTaken,
      endsChunk: walker.clk >= clkEnd || this.#isHalted,
      ...this.#counts.end(),
      tape: new Uint8Array(32),
      call: instructions === 1 ? call : undefined,
    });
    this.hintsRead.push(this.#hints);
  }

  /** Some instructions, up to an ecall, which is not done. */
  #step(clkEnd: number, left: number): { readonly ran: number; readonly isCall: boolean } {
    const walker = this.#walker;
    const { clk } = walker;
    this.#counts.sample(walker.pc);
    // Looked at one by one: those whose clock changes its upper bits.
    const steps = Math.max(1, Math.min(left, SAMPLE, stepsInEpoch(clk)));
    const crossings = this.#crossings;
    this.#isAtCall = false;
    walker.run(Math.min(clkEnd, clk + CLK_PER_INSTRUCTION * steps));
    if (steps === 1) {
      this.#take();
      if (walker.clk !== clk) this.#tick(clk, CLK_PER_INSTRUCTION, this.#crossings > crossings);
    }
    return { ran: (walker.clk - clk) / CLK_PER_INSTRUCTION, isCall: this.#isAtCall };
  }

  #take(): void {
    const walker = this.#walker;
    walker.settle();
    for (let n = 0; n < TALLIES.length; n++) {
      const count = walker.tally(n);
      if (count === 0) continue;
      const { chip, isCrossing } = TALLIES[n]!;
      this.#counts.add(chip, count);
      if (!isCrossing) continue;
      this.#crossings += count;
      this.#counts.add(STATE_BUMP, count);
    }
    walker.clearTallies();
  }

  #tick(clk: number, increment: number, isBumped: boolean): void {
    if ((clk % CLK_EPOCH) + increment < CLK_EPOCH) return;
    if (!isBumped) this.#counts.add(STATE_BUMP, 1);
    this.#counts.add(MEMORY_BUMP, REGISTERS);
  }

  /** Does the ecall and gives its code. */
  #call(): number {
    const walker = this.#walker;
    const { clk } = walker;
    const call = callAt(walker, clk);
    const shape = CALL_SHAPES.get(call.code);
    this.#counts.add(SYSCALL_INSTRS, 1);
    if (hintOf(call) !== undefined) this.#hints++;
    if (shape !== undefined) this.#precompile(call, shape);
    if (call.code === CALL.commit || call.code === CALL.commitDeferred) this.#isCommitting = true;
    call.finish();
    this.#isHalted = call.isHalt;
    const isCrossing = !call.isHalt && (walker.pc + 4) % PC_EPOCH === 0;
    if (isCrossing) this.#counts.add(STATE_BUMP, 1);
    walker.clk = clk + CLK_PER_ECALL;
    walker.slot++;
    this.#tick(clk, CLK_PER_ECALL, isCrossing);
    return call.code;
  }

  #precompile(call: Call, shape: CallShape): void {
    const isSent = !shape.isRetained;
    if (!this.#hasPrecompiles) this.#walker.precompiled = this.#walker.clk;
    this.#hasPrecompiles = true;
    if (isSent) {
      this.#counts.add(SYSCALL_CORE, 1);
      this.#counts.add(GLOBAL, 1);
    } else {
      this.#counts.add(chipIndex(shape.chip), shape.rows);
      if (shape.control !== undefined) this.#counts.add(chipIndex(shape.control), 1);
    }
    const own = new Set<number>();
    const access = (address: number): void => {
      own.add(address);
      this.#walker.filter(address % HIGH, Math.floor(address / HIGH));
      if (isSent) this.#counts.release(address);
      else this.#counts.touch(address);
    };
    const traffic: CallTraffic = { unsafe: () => undefined, read: access, write: access };
    call.traffic(traffic);
    if (isSent) this.#counts.defer(call.code, own.size);
  }
}

const doublewordOf = (low: number, high: number): number => {
  const address = (low >>> 0) + HIGH * (high >>> 0);
  return address - (address % 8);
};
