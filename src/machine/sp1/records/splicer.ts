// Cuts a chunk into core shards as SP1's splicer does, and counts the rows that each will have.
// Reference: sp1:crates/core/executor/src/vm/{splicing,shapes}.rs, SP1 6.4.0.

import type { Program } from '../../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { HIGH } from '../../../../runtime/layout.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { CLK_PER_ECALL, HALT_PC } from '../abi.ts';
import { Addresses } from './addresses.ts';
import { type Call, type CallTraffic, COMMIT, COMMIT_DEFERRED, callAt, hintOf, pointerRegisters } from './calls.ts';
import { CALL_SHAPES, type CallShape, CHIP_NAMES, type ChipName } from './chips.ts';
import { TALLIES } from './operations.ts';
import { PlanCuts } from './plan-cuts.ts';
import { ShapeChecker, type ShardThresholds } from './shape.ts';
import type { DeferredCall, Hint, Splice, SplicedChunk } from './splice.ts';
import { Walker, type WalkerOptions } from './walker.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
const REGISTERS = 32;
/** The address gadget inverts the sum of the upper limbs. */
const LOWEST_PROVABLE = 2 ** 16;

const chipIndex = (name: ChipName): number => CHIP_NAMES.indexOf(name);
const SYSCALL_INSTRS = chipIndex('SyscallInstrs');
const SYSCALL_CORE = chipIndex('SyscallCore');
const MEMORY_BUMP = chipIndex('MemoryBump');
const STATE_BUMP = chipIndex('StateBump');
const LOCAL = chipIndex('MemoryLocal');
const GLOBAL = chipIndex('Global');
/** Registers that an ecall accesses: t0, a0, a1. */
const OF_ECALL = (1 << 5) | (1 << 10) | (1 << 11);

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
  readonly #checker: ShapeChecker;
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
  /** Of the shard: real rows by chip, entries and locals of registers apart. */
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  #locals = 0;
  #unprovable: Splice['unprovable'];
  #accessed = 0;
  /** Doublewords below 32 that it accessed: SP1 keeps them under the numbers of registers. */
  #below32 = 0;
  /** Registers that system calls accessed in this epoch of the shard. */
  #called = 0;
  /** Those that anything accessed in this epoch of the shard. */
  #seen = 0;
  /** Crossings of pages, and ends of epochs. */
  #crossings = 0;
  #epochs = 0;
  #start: Pick<Splice, 'registers' | 'pcStart' | 'clkStart' | 'entriesBefore'> | undefined;
  #instructions = 0;
  /** clk up to which they are counted. */
  #countedTo = 0;
  /** Those whose rows the checker does not have yet. */
  #untaken = 0;
  /** System calls of the chunk. */
  #calls = 0;
  #chunk: ChunkCalls = noCalls(0);
  #commits = false;
  #commitsDeferred = false;
  #retained = new Map<number, number>();

  constructor(program: Program, thresholds: ShardThresholds, options: WalkerOptions = {}) {
    const listener = {
      fresh: (low: number, high: number, pc: number) => this.#fresh(addressOf(low, high), pc >>> 0),
      filtered: (low: number, high: number, pc: number) => this.#filtered(addressOf(low, high), pc >>> 0),
      stale: () => undefined,
      ecall: () => this.#ecall(),
    };
    this.#walker = new Walker(program, listener, options);
    this.#checker = new ShapeChecker(thresholds, program.text.length >>> 2);
    this.#cuts = new PlanCuts(thresholds.cuts);
  }

  #fresh(at: number, pc: number): void {
    const address = this.#doubleword(at, pc);
    this.#touched.push(address);
    if (address < REGISTERS) this.#below32 |= 1 << address;
    if (this.#rehinted.delete(address)) this.#locals--;
  }

  /** Of an access at `address`; SP1 has no row for one below 2^16. */
  #doubleword(address: number, pc: number): number {
    if (address < LOWEST_PROVABLE) this.#unprovable ??= { pc, address };
    return address - (address % 8);
  }

  /** A hint gives doublewords clk 0 again: those that the shard has accessed count twice for the checker only. */
  #hint({ address, bytes }: Hint): void {
    const end = address + 8 * (Math.floor(bytes / 8) + 1);
    const isIn = (other: number): boolean => other >= address && other < end;
    for (const other of this.#touched.from(this.#touchedBefore)) if (isIn(other)) this.#rehinted.add(other);
    for (const [other, wasSent] of this.#precompiled) if (isIn(other) && !wasSent) this.#rehinted.add(other);
  }

  /** A load or store where a precompile may have been before in this shard. */
  #filtered(at: number, pc: number): number {
    const address = this.#doubleword(at, pc);
    const isNew = this.#precompiled.get(address);
    if (isNew === undefined) return 0;
    this.#precompiled.delete(address);
    this.#touched.push(address);
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
      const isFull = this.#checker.isFull || walker.clk === this.#cuts.after(walker.clk - 1);
      const isCut = this.#chunk.exitCode === undefined && !this.#isCommitting && isFull;
      if (!isCut || walker.clk >= chunk.clkEnd) continue;
      splices.push(this.#finish(false));
      this.#begin();
    }
    const { clkEnd: _, exitCode, ...calls } = this.#chunk;
    const isWhole = exitCode !== undefined || !stopped;
    const last = this.#finish(exitCode !== undefined);
    if (isWhole) splices.push(last);
    const accessed = exitCode === undefined ? -1 : this.#accessed;
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
    if (call.code === COMMIT) chunk.committed.set(Number(call.a0), word);
    if (call.code === COMMIT_DEFERRED) chunk.deferredDigest.set(Number(call.a0), word);
    this.#call(call, chunk.deferred);
    this.#countedTo = walker.clk;
    return call.isHalt ? walker.clk : this.#stopFor(this.#room - this.#untaken, this.#cuts.after(walker.clk - 1));
  }

  #countInstructions(): void {
    const { clk } = this.#walker;
    const count = (clk - this.#countedTo) / CLK_PER_INSTRUCTION;
    this.#instructions += count;
    this.#untaken += count;
    this.#countedTo = clk;
  }

  /** Instructions after which the shard is not full, by what the checker has been told. */
  get #room(): number {
    return this.#isCommitting ? Number.POSITIVE_INFINITY : this.#checker.room;
  }

  /** The clk after so many instructions, before which neither chunk nor epoch ends and no plan cuts. */
  #stopFor(room: number, cut: number): number {
    const { clk } = this.#walker;
    // Looked at one by one: those whose clock the checker or the chips see change its upper bits.
    const toEpoch = Math.floor((CLK_EPOCH - (clk % CLK_EPOCH)) / CLK_PER_INSTRUCTION) - 1;
    return Math.min(this.#chunk.clkEnd, cut, clk + CLK_PER_INSTRUCTION * Math.max(0, Math.min(room, toEpoch)));
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
    this.#rows.fill(0);
    this.#locals = 0;
    this.#unprovable = undefined;
    this.#accessed = 0;
    this.#below32 = 0;
    this.#seen = 0;
    this.#instructions = 0;
    this.#countedTo = clk;
    this.#commits = false;
    this.#commitsDeferred = false;
    this.#retained = new Map();
    this.#checker.reset();
  }

  /** No more cuts in this chunk: commits and halt stay together. */
  get #isCommitting(): boolean {
    return this.#commits || this.#commitsDeferred;
  }

  /** As many instructions as surely belong to the shard, or one, or a system call and what follows. */
  #step(): void {
    const walker = this.#walker;
    const { clk } = walker;
    const stop = this.#stopFor(this.#room, this.#cuts.after(clk));
    const isSingle = stop < clk + 2 * CLK_PER_INSTRUCTION;
    const crossings = this.#crossings;
    const calls = this.#calls;
    walker.run(isSingle ? clk + CLK_PER_INSTRUCTION : stop);
    this.#countInstructions();
    this.#take();
    if (isSingle && this.#calls === calls) this.#tick(clk, CLK_PER_INSTRUCTION, this.#crossings > crossings);
  }

  /** Moves the walk's counts to the shard's. */
  #take(): void {
    const walker = this.#walker;
    walker.settle();
    this.#untaken = 0;
    for (let n = 0; n < TALLIES.length; n++) {
      const count = walker.tally(n);
      if (count === 0) continue;
      const { chip, isCrossing } = TALLIES[n]!;
      this.#rows[chip]! += count;
      this.#checker.add(chip, count);
      if (!isCrossing) continue;
      this.#crossings += count;
      this.#rows[STATE_BUMP]! += count;
      this.#checker.add(STATE_BUMP, count);
    }
    walker.clearTallies();
    const fresh = walker.takeFresh();
    this.#locals += fresh;
    this.#checker.addLocals(fresh);
  }

  /** The clock goes on from `clk`: rows for a change of its upper bits, unless the instruction has them already. */
  #tick(clk: number, increment: number, isBumped: boolean): void {
    const low = clk % CLK_EPOCH;
    if (low + increment + CLK_PER_INSTRUCTION >= CLK_EPOCH && !isBumped) this.#checker.add(STATE_BUMP, 1);
    if (low + increment < CLK_EPOCH) return;
    if (!isBumped) this.#rows[STATE_BUMP]! += 1;
    this.#checker.add(MEMORY_BUMP, REGISTERS);
    this.#endEpoch();
  }

  /** From here on a register's first access has a row more. */
  #endEpoch(): void {
    this.#countAccessed();
    this.#seen = 0;
    this.#epochs++;
  }

  /** Counts rows of registers that were accessed for the first time in the epoch, if it is not the shard's first. */
  #countAccessed(): void {
    const accessed = this.#walker.takeAccessed() | this.#called;
    this.#called = 0;
    if (this.#epochs > 0) this.#rows[MEMORY_BUMP]! += bitsOf(accessed & ~this.#seen);
    this.#see(accessed);
  }

  #see(registers: number): void {
    this.#seen |= registers;
    this.#accessed |= registers;
  }

  #call(call: Call, deferred: DeferredCall[]): void {
    const walker = this.#walker;
    const { clk } = walker;
    const shape = CALL_SHAPES.get(call.code);
    this.#called |= OF_ECALL;
    this.#count(SYSCALL_INSTRS, 1);
    if (shape !== undefined) this.#precompile(call, shape, clk, deferred);
    if (call.code === COMMIT) this.#commits = true;
    if (call.code === COMMIT_DEFERRED) this.#commitsDeferred = true;
    call.finish();
    const isCrossing = !call.isHalt && (walker.pc + 4) % PC_EPOCH === 0;
    if (isCrossing) this.#count(STATE_BUMP, 1);
    walker.clk = clk + CLK_PER_ECALL;
    walker.slot++;
    this.#instructions++;
    this.#tick(clk, CLK_PER_ECALL, isCrossing);
  }

  #count(chip: number, rows: number): void {
    this.#rows[chip]! += rows;
    this.#checker.add(chip, rows);
  }

  #precompile(call: Call, shape: CallShape, clk: number, deferred: DeferredCall[]): void {
    const isSent = !shape.isRetained;
    if (this.#precompiled.size === 0) this.#walker.precompiled = clk;
    const pointers = pointerRegisters(call.code).reduce((set, r) => set | (1 << r), 0);
    if (pointers !== 0) {
      // Their rows have the whole clock of the access before, and no row is added.
      this.#countAccessed();
      this.#see(pointers);
    }
    if (isSent) {
      this.#count(SYSCALL_CORE, 1);
      this.#count(GLOBAL, 1);
    } else {
      this.#retained.set(shape.filedUnder, (this.#retained.get(shape.filedUnder) ?? 0) + 1);
      this.#count(chipIndex(shape.chip), shape.rows);
      if (shape.control !== undefined) {
        this.#rows[chipIndex(shape.control)]! += 1;
        this.#checker.addArea(shape.control);
      }
    }
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

  /** A precompile's access. What the checker counts here, the shard has only where the call's rows are in it. */
  #accessExternally(address: number, oldClk: number, isSent: boolean): void {
    const before = this.#precompiled.get(address);
    if (before === undefined) this.#external.push(address);
    const isNew = oldClk < this.#start!.clkStart || (before === true && !isSent);
    this.#precompiled.set(address, isSent);
    this.#walker.filter(address % HIGH, Math.floor(address / HIGH));
    if (!isNew) return;
    this.#checker.addLocals(1);
    if (!isSent) this.#locals++;
  }

  #finish(isHalted: boolean): Splice {
    const walker = this.#walker;
    this.#countAccessed();
    if (!isHalted) {
      this.#accessed = -1;
      this.#rows[MEMORY_BUMP]! += REGISTERS;
    }
    const locals = this.#locals + bitsOf(this.#accessed & ~this.#below32);
    this.#rows[LOCAL]! += locals;
    this.#rows[GLOBAL]! += 2 * locals;
    const rows = new Map(CHIP_NAMES.map((name, i) => [name, this.#rows[i]!] as const).filter(([, n]) => n > 0));
    const { pc, clk, entriesTaken } = walker;
    this.#epochs = 0;
    this.#crossings = 0;
    return {
      ...this.#start!,
      pcEnd: isHalted ? HALT_PC : pc,
      clkEnd: clk,
      entriesEnd: entriesTaken,
      instructions: this.#instructions,
      rows,
      unprovable: this.#unprovable,
      commits: this.#commits,
      commitsDeferred: this.#commitsDeferred,
      retained: this.#retained,
    };
  }
}

const addressOf = (low: number, high: number): number => (high >>> 0) * HIGH + (low >>> 0);

const bitsOf = (set: number): number => (set === 0 ? 0 : 1 + bitsOf(set & (set - 1)));
