// A core shard as it grows: what SP1's shape checker counts of it, and the rows that it will have. Instructions are counted
// by others, a walk over chunks or a metered run, which hand over what they have counted when they are asked.
// Reference: sp1:crates/core/executor/src/vm/{splicing,shapes}.rs, SP1 6.4.0.

import { AREA } from '../../../../../codegen/chips/sp1/area.ts';
import { CLK_PER_INSTRUCTION } from '../../../../../runtime/abi.ts';
import { CALL, CLK_PER_ECALL } from '../../abi.ts';
import { type CallShape, CHIP_NAMES, type ChipName } from '../chips.ts';
import { pointerSet } from '../walk/calls.ts';
import { TALLIES } from '../walk/operations.ts';
import { ShapeChecker, type ShardThresholds } from './shape.ts';
import type { Splice } from './splice.ts';

const CLK_EPOCH = 2 ** 24;
const PC_EPOCH = 2 ** 16;
const REGISTERS = 32;
/** The address gadget inverts the sum of the upper limbs. */
export const LOWEST_PROVABLE: number = 2 ** 16;
/** Registers that an ecall accesses: t0, a0, a1. */
const OF_ECALL = (1 << 5) | (1 << 10) | (1 << 11);

const chipIndex = (name: ChipName): number => CHIP_NAMES.indexOf(name);
const SYSCALL_INSTRS = chipIndex('SyscallInstrs');
const SYSCALL_CORE = chipIndex('SyscallCore');
const MEMORY_BUMP = chipIndex('MemoryBump');
const STATE_BUMP = chipIndex('StateBump');
const LOCAL = chipIndex('MemoryLocal');
const GLOBAL = chipIndex('Global');
const AREAS = CHIP_NAMES.map(name => AREA[name]);
const LOCAL_CELLS = AREA.MemoryLocal + 2 * AREA.Global;

/** Instructions from `clk` on whose clocks neither the checker nor the chips see change their upper bits; below 1: not the next. */
export const stepsInEpoch = (clk: number): number =>
  Math.floor((CLK_EPOCH - (clk % CLK_EPOCH)) / CLK_PER_INSTRUCTION) - 1;

function bitsOf(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

export class ShardAccount {
  readonly checker: ShapeChecker;
  instructions = 0;
  /** Instructions so far, of any shard, that went on at the next page. */
  crossings = 0;
  readonly #takeAccessed: () => number;
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  /** Doublewords. */
  #locals = 0;
  /** Registers that system calls accessed since registers were last looked at, those of this epoch, and all of the shard. */
  #called = 0;
  #seen = 0;
  #accessed = 0;
  /** Doublewords below 32 that it accessed: SP1 keeps them under the numbers of registers. */
  #below32 = 0;
  #epochs = 0;
  #unprovable: Splice['unprovable'];
  #commits = false;
  #commitsDeferred = false;
  #retained = new Map<number, number>();

  /** `takeAccessed` gives the registers that instructions accessed since it was last asked, as bits. */
  constructor(thresholds: ShardThresholds, instructions: number, takeAccessed: () => number) {
    this.checker = new ShapeChecker(thresholds, instructions);
    this.#takeAccessed = takeAccessed;
  }

  begin(): void {
    this.#rows.fill(0);
    this.#locals = 0;
    this.#called = 0;
    this.#seen = 0;
    this.#accessed = 0;
    this.#below32 = 0;
    this.#epochs = 0;
    this.#unprovable = undefined;
    this.#commits = false;
    this.#commitsDeferred = false;
    this.#retained = new Map();
    this.instructions = 0;
    this.checker.reset();
  }

  /** Cells of the real rows that it has so far. */
  get cells(): number {
    return this.#rows.reduce((sum, rows, chip) => sum + rows * AREAS[chip]!, LOCAL_CELLS * this.#locals);
  }

  /** No more cuts in this chunk: commits and halt stay together. */
  get isCommitting(): boolean {
    return this.#commits || this.#commitsDeferred;
  }

  /** Registers that it accessed, as bits; all where it ended before the halt. */
  get accessed(): number {
    return this.#accessed;
  }

  #add(chip: number, rows: number): void {
    this.#rows[chip]! += rows;
    this.checker.add(chip, rows);
  }

  /** Instructions of one of TALLIES. */
  tally(n: number, count: number): void {
    if (count === 0) return;
    const { chip, isCrossing } = TALLIES[n]!;
    this.#add(chip, count);
    if (!isCrossing) return;
    this.crossings += count;
    this.#add(STATE_BUMP, count);
  }

  /** The checker counts doublewords as new that the shard has not had. */
  locals(count: number): void {
    this.#locals += count;
    this.checker.addLocals(count);
  }

  /** Only the checker counts a doubleword as new: the shard has it already, or a call that is sent to another has it. */
  seemingLocal(): void {
    this.checker.addLocals(1);
  }

  /** One that was counted is one that the shard has had. */
  wasLocal(): void {
    this.#locals--;
  }

  /** A load or store, at a doubleword that is new to the shard or was accessed by precompiles alone; gives the doubleword. */
  access(address: number, pc: number): number {
    const doubleword = address - (address % 8);
    // SP1 has no row for it.
    if (address < LOWEST_PROVABLE) this.#unprovable ??= { pc, address };
    if (doubleword < REGISTERS) this.#below32 |= 1 << doubleword;
    return doubleword;
  }

  /** A system call; gives the cells of a precompile's own rows, wherever they are. */
  call(code: number, shape: CallShape | undefined): number {
    this.#called |= OF_ECALL;
    this.#add(SYSCALL_INSTRS, 1);
    if (code === CALL.commit) this.#commits = true;
    if (code === CALL.commitDeferred) this.#commitsDeferred = true;
    return shape === undefined ? 0 : this.#precompile(code, shape);
  }

  #precompile(code: number, shape: CallShape): number {
    const pointers = pointerSet(code);
    if ((pointers & ~this.#seen) !== 0) {
      // Their rows have the whole clock of the access before, and no row is added.
      this.#countAccessed();
      this.#see(pointers);
    }
    const control = shape.control === undefined ? 0 : AREA[shape.control];
    const own = shape.rows * AREA[shape.chip] + control;
    if (!shape.isRetained) {
      this.#add(SYSCALL_CORE, 1);
      this.#add(GLOBAL, 1);
      return own + AREA.SyscallCore + AREA.SyscallPrecompile + 2 * AREA.Global;
    }
    this.#retained.set(shape.filedUnder, (this.#retained.get(shape.filedUnder) ?? 0) + 1);
    this.#add(chipIndex(shape.chip), shape.rows);
    if (shape.control === undefined) return own;
    this.#rows[chipIndex(shape.control)]! += 1;
    this.checker.addArea(shape.control);
    return own;
  }

  /** The system call at this place is done; gives whether the program goes on at the next page. */
  endCall(clk: number, pc: number, isHalt: boolean): boolean {
    const isCrossing = !isHalt && (pc + 4) % PC_EPOCH === 0;
    if (isCrossing) this.#add(STATE_BUMP, 1);
    this.instructions++;
    this.tick(clk, CLK_PER_ECALL, isCrossing);
    return isCrossing;
  }

  /** The clock goes on from `clk`: rows for a change of its upper bits, unless the instruction has them already. */
  tick(clk: number, increment: number, isBumped: boolean): void {
    const low = clk % CLK_EPOCH;
    if (low + increment + CLK_PER_INSTRUCTION >= CLK_EPOCH && !isBumped) this.checker.add(STATE_BUMP, 1);
    if (low + increment < CLK_EPOCH) return;
    if (!isBumped) this.#rows[STATE_BUMP]! += 1;
    this.checker.add(MEMORY_BUMP, REGISTERS);
    // From here on a register's first access has a row more.
    this.#countAccessed();
    this.#seen = 0;
    this.#epochs++;
  }

  /** Counts rows of registers that were accessed for the first time in the epoch, if it is not the shard's first. */
  #countAccessed(): void {
    const registers = this.#takeAccessed() | this.#called;
    this.#called = 0;
    if (this.#epochs > 0) this.#rows[MEMORY_BUMP]! += bitsOf(registers & ~this.#seen);
    this.#see(registers);
  }

  #see(registers: number): void {
    this.#seen |= registers;
    this.#accessed |= registers;
  }

  /** Ends it. */
  finish(
    isHalted: boolean,
  ): Pick<Splice, 'instructions' | 'rows' | 'unprovable' | 'commits' | 'commitsDeferred' | 'retained'> {
    this.#countAccessed();
    if (!isHalted) {
      this.#accessed = -1;
      this.#rows[MEMORY_BUMP]! += REGISTERS;
    }
    this.#locals += bitsOf(this.#accessed & ~this.#below32);
    this.#rows[LOCAL]! += this.#locals;
    this.#rows[GLOBAL]! += 2 * this.#locals;
    this.#locals = 0;
    return {
      instructions: this.instructions,
      rows: new Map(CHIP_NAMES.map((name, i) => [name, this.#rows[i]!] as const).filter(([, n]) => n > 0)),
      unprovable: this.#unprovable,
      commits: this.#commits,
      commitsDeferred: this.#commitsDeferred,
      retained: this.#retained,
    };
  }
}
