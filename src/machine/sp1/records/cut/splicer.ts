// Cuts a chunk into core shards as SP1's splicer does, and counts the rows that each will have.
// Reference: sp1:crates/core/executor/src/vm/splicing.rs, SP1 6.4.0.

import type { Program } from '../../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../../runtime/abi.ts';
import { HIGH } from '../../../../../runtime/layout.ts';
import type { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import { CALL, CLK_PER_ECALL, HALT_PC } from '../../abi.ts';
import { CALL_SHAPES, type CallShape } from '../chips.ts';
import { Addresses } from '../memory/addresses.ts';
import { type Call, type CallTraffic, callAt, hintOf } from '../walk/calls.ts';
import { TALLIES } from '../walk/operations.ts';
import { Walker, type WalkerOptions } from '../walk/walker.ts';
import { PlanCuts } from './plan-cuts.ts';
import type { ShardThresholds } from './shape.ts';
import { ShardAccount, stepsInEpoch } from './shard-account.ts';
import type { DeferredCall, Hint, Splice, SplicedChunk } from './splice.ts';

/** What a chunk's system calls come to. */
interface ChunkCalls {
  readonly clkEnd: number;
  readonly deferred: DeferredCall[];
  readonly hints: Hint[];
  exitCode: number | undefined;
  readonly committed: Map<number, number>;
  readonly deferredDigest: Map<number, number>;
}

const noCalls = (clkEnd: number): ChunkCalls => ({
  ...{ clkEnd, deferred: [], hints: [], exitCode: undefined },
  ...{ committed: new Map(), deferredDigest: new Map() },
});

export class Splicer {
  readonly #walker: Walker;
  readonly #account: ShardAccount;
  readonly #cuts: PlanCuts;
  /** Of doublewords that a precompile accessed in this shard: whether it was one with a shard of its own. */
  readonly #precompiled = new Map<number, boolean>();
  #touched = new Addresses();
  /** Of them, those of earlier shards. */
  #touchedBefore = 0;
  /** Those that precompiles accessed, maybe nobody else. */
  #external = new Addresses();
  /** Doublewords of the shard that were hinted since. */
  readonly #rehinted = new Set<number>();
  #start: Pick<Splice, 'registers' | 'pcStart' | 'clkStart' | 'entriesBefore'> | undefined;
  /** clk up to which instructions are counted. */
  #countedTo = 0;
  /** Those whose rows the checker does not have yet. */
  #untaken = 0;
  /** System calls of the chunk. */
  #calls = 0;
  #chunk: ChunkCalls = noCalls(0);

  constructor(program: Program, thresholds: ShardThresholds, options: WalkerOptions = {}) {
    const listener = {
      fresh: (low: number, high: number, pc: number) => this.#fresh(addressOf(low, high), pc >>> 0),
      filtered: (low: number, high: number, pc: number) => this.#filtered(addressOf(low, high), pc >>> 0),
      ecall: () => this.#ecall(),
    };
    this.#walker = new Walker(program, listener, options);
    this.#account = new ShardAccount(thresholds, program.text.length >>> 2, () => this.#walker.takeAccessed());
    this.#cuts = new PlanCuts(thresholds.cuts);
  }

  #fresh(at: number, pc: number): void {
    const doubleword = this.#account.access(at, pc);
    this.#touched.push(doubleword);
    // Where a hint was between it and a precompile.
    if (this.#precompiled.size > 0) this.#precompiled.delete(doubleword);
    if (this.#rehinted.delete(doubleword)) this.#account.wasLocal();
  }

  /** A hint gives doublewords clk 0 again: those that the shard has in an open event count twice for the checker only. */
  #hint({ address, bytes }: Hint): void {
    const end = address + 8 * (Math.floor(bytes / 8) + 1);
    const note = (other: number): void => {
      if (other >= address && other < end && this.#precompiled.get(other) !== true) this.#rehinted.add(other);
    };
    for (const other of this.#touched.from(this.#touchedBefore)) note(other);
    for (const other of this.#precompiled.keys()) note(other);
  }

  /** A load or store where a precompile may have been before in this shard. */
  #filtered(at: number, pc: number): number {
    const doubleword = this.#account.access(at, pc);
    const isNew = this.#precompiled.get(doubleword);
    if (isNew === undefined) return 0;
    this.#precompiled.delete(doubleword);
    this.#touched.push(doubleword);
    return isNew ? 1 : 0;
  }

  /**
   * The shards of a chunk. `stopped`: the run ended there without halting, so that the last shard is none.
   * @throws TRACE_INVALID where the chunk is not of this program.
   */
  splice(chunk: TraceChunk, stopped = false): SplicedChunk {
    const walker = this.#walker;
    const splices: Splice[] = [];
    walker.begin(chunk);
    this.#chunk = noCalls(chunk.clkEnd);
    this.#touched = new Addresses();
    this.#external = new Addresses();
    this.#begin();
    while (walker.clk < chunk.clkEnd && this.#chunk.exitCode === undefined) {
      this.#step();
      const isFull = this.#account.checker.isFull || walker.clk === this.#cuts.after(walker.clk - 1);
      const isCut = this.#chunk.exitCode === undefined && !this.#account.isCommitting && isFull;
      if (!isCut || walker.clk >= chunk.clkEnd) continue;
      splices.push(this.#finish(false));
      this.#begin();
    }
    const { clkEnd: _, exitCode, ...calls } = this.#chunk;
    const isWhole = exitCode !== undefined || !stopped;
    const last = this.#finish(exitCode !== undefined);
    if (isWhole) splices.push(last);
    const accessed = exitCode === undefined ? -1 : this.#account.accessed;
    return { splices, ...calls, touched: this.#touched.and(this.#external), accessed, exitCode };
  }

  /** Does the system call at which the walker stands; gives the clk at which to look whether the shard is full. */
  #ecall(): number {
    const walker = this.#walker;
    const chunk = this.#chunk;
    this.#countInstructions();
    this.#calls++;
    const call = callAt(walker, walker.clk);
    const hint = hintOf(call);
    if (hint !== undefined) {
      chunk.hints.push(hint);
      this.#hint(hint);
    }
    if (call.isHalt) chunk.exitCode = Number(BigInt.asUintN(32, call.a0));
    const word = Number(BigInt.asUintN(32, call.a1));
    if (call.code === CALL.commit) chunk.committed.set(Number(call.a0), word);
    if (call.code === CALL.commitDeferred) chunk.deferredDigest.set(Number(call.a0), word);
    this.#call(call, chunk.deferred);
    this.#countedTo = walker.clk;
    return call.isHalt ? walker.clk : this.#stopFor(this.#room - this.#untaken, this.#cuts.after(walker.clk - 1));
  }

  #countInstructions(): void {
    const { clk } = this.#walker;
    const count = (clk - this.#countedTo) / CLK_PER_INSTRUCTION;
    this.#account.instructions += count;
    this.#untaken += count;
    this.#countedTo = clk;
  }

  /** Instructions after which the shard is not full, by what the checker has been told. */
  get #room(): number {
    return this.#account.isCommitting ? Number.POSITIVE_INFINITY : this.#account.checker.room;
  }

  /** The clk after so many instructions, before which neither chunk nor epoch ends and no plan cuts. */
  #stopFor(room: number, cut: number): number {
    const { clk } = this.#walker;
    const steps = Math.max(0, Math.min(room, stepsInEpoch(clk)));
    return Math.min(this.#chunk.clkEnd, cut, clk + CLK_PER_INSTRUCTION * steps);
  }

  #begin(): void {
    const walker = this.#walker;
    const { registers, pc, clk, entriesTaken } = walker;
    this.#start = { registers, pcStart: pc, clkStart: clk, entriesBefore: entriesTaken };
    walker.shardStart = clk;
    walker.precompiled = Number.POSITIVE_INFINITY;
    walker.takeAccessed();
    walker.clearTallies();
    walker.clearFilter();
    walker.takeFresh();
    this.#precompiled.clear();
    this.#rehinted.clear();
    this.#touchedBefore = this.#touched.length;
    this.#countedTo = clk;
    this.#account.begin();
  }

  /** As many instructions as surely belong to the shard, or one, or a system call and what follows. */
  #step(): void {
    const walker = this.#walker;
    const account = this.#account;
    const { clk } = walker;
    const stop = this.#stopFor(this.#room, this.#cuts.after(clk));
    const isSingle = stop < clk + 2 * CLK_PER_INSTRUCTION;
    const { crossings } = account;
    const calls = this.#calls;
    walker.run(isSingle ? clk + CLK_PER_INSTRUCTION : stop);
    this.#countInstructions();
    this.#take();
    if (isSingle && this.#calls === calls) account.tick(clk, CLK_PER_INSTRUCTION, account.crossings > crossings);
  }

  /** Moves the walk's counts to the shard's. */
  #take(): void {
    const walker = this.#walker;
    walker.settle();
    this.#untaken = 0;
    for (let n = 0; n < TALLIES.length; n++) this.#account.tally(n, walker.tally(n));
    walker.clearTallies();
    this.#account.locals(walker.takeFresh());
  }

  #call(call: Call, deferred: DeferredCall[]): void {
    const walker = this.#walker;
    const { clk, pc } = walker;
    const shape = CALL_SHAPES.get(call.code);
    this.#account.call(call.code, shape);
    if (shape !== undefined) this.#precompile(call, shape, clk, deferred);
    call.finish();
    walker.clk = clk + CLK_PER_ECALL;
    walker.slot++;
    this.#account.endCall(clk, pc, call.isHalt);
  }

  #precompile(call: Call, shape: CallShape, clk: number, deferred: DeferredCall[]): void {
    const isSent = !shape.isRetained;
    if (this.#precompiled.size === 0) this.#walker.precompiled = clk;
    const own = new Set<number>();
    const access = (address: number, oldClk: number): void => {
      own.add(address);
      this.#accessExternally(address, oldClk, isSent);
    };
    const traffic: CallTraffic = {
      unsafe: () => undefined,
      read: (address, entry) => access(address, this.#walker.clkOf(entry)),
      write: (address, oldClk) => access(address, oldClk),
    };
    call.traffic(traffic);
    if (isSent) deferred.push({ code: call.code, clk, touched: own.size });
  }

  #accessExternally(address: number, oldClk: number, isSent: boolean): void {
    const before = this.#precompiled.get(address);
    if (before === undefined) this.#external.push(address);
    const isNew = oldClk < this.#start!.clkStart || (before === true && !isSent);
    this.#precompiled.set(address, isSent);
    this.#walker.filter(address % HIGH, Math.floor(address / HIGH));
    if (!isNew) return;
    if (this.#rehinted.delete(address) || isSent) this.#account.seemingLocal();
    else this.#account.locals(1);
  }

  #finish(isHalted: boolean): Splice {
    const account = this.#account.finish(isHalted);
    const { pc, clk, entriesTaken } = this.#walker;
    return {
      ...this.#start!,
      ...account,
      pcEnd: isHalted ? HALT_PC : pc,
      clkEnd: clk,
      entriesEnd: entriesTaken,
    };
  }
}

const addressOf = (low: number, high: number): number => (high >>> 0) * HIGH + (low >>> 0);
