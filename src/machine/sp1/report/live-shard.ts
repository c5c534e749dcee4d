// A core shard as it grows: what the checker counts, and what it will have; the rules are those of ../records/splicer.ts.

import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { AREA, type CallShape, CHIP_NAMES, type ChipName } from '../records/chips.ts';
import { ShapeChecker, type ShardThresholds } from '../records/shape.ts';
import type { Splice } from '../records/splice.ts';

const CLK_EPOCH = 2 ** 24;
const REGISTERS = 32;
const chipIndex = (name: ChipName): number => CHIP_NAMES.indexOf(name);
const SYSCALL_INSTRS = chipIndex('SyscallInstrs');
const SYSCALL_CORE = chipIndex('SyscallCore');
const MEMORY_BUMP = chipIndex('MemoryBump');
const STATE_BUMP = chipIndex('StateBump');
const LOCAL = chipIndex('MemoryLocal');
const GLOBAL = chipIndex('Global');
/** t0, a0, a1. */
const OF_CALL = (1 << 5) | (1 << 10) | (1 << 11);
const AREAS = CHIP_NAMES.map(name => AREA[name]);
const LOCAL_CELLS = AREA.MemoryLocal + 2 * AREA.Global;

function bitsOf(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

export class LiveShard {
  readonly checker: ShapeChecker;
  readonly splices: Splice[] = [];
  /** From 1. */
  number = 0;
  instructions = 0;
  isCommitting = false;
  /** Registers that the last shard accessed, as bits; all where more followed. */
  registersAccessed = 0;
  readonly #sweep: () => void;
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  #clkStart = 0;
  #locals = 0;
  /** Registers since they were last looked at, those of this epoch, and all of the shard. */
  #fresh = 0;
  #seen = 0;
  #accessed = 0;
  #below32 = 0;
  #epochs = 0;
  #unprovable: Splice['unprovable'];

  /** `sweep` moves all that was counted to the shard. */
  constructor(thresholds: ShardThresholds, instructions: number, sweep: () => void) {
    this.checker = new ShapeChecker(thresholds, instructions);
    this.#sweep = sweep;
  }

  begin(clk: number): void {
    this.number++;
    this.#clkStart = clk;
    this.#rows.fill(0);
    this.#locals = 0;
    this.#fresh = 0;
    this.#seen = 0;
    this.#accessed = 0;
    this.#below32 = 0;
    this.#epochs = 0;
    this.#unprovable = undefined;
    this.instructions = 0;
    this.isCommitting = false;
    this.checker.reset();
  }

  /** Cells of the real rows that it has so far. */
  get cells(): number {
    return this.#rows.reduce((sum, rows, chip) => sum + rows * AREAS[chip]!, LOCAL_CELLS * this.#locals);
  }

  add(chip: number, rows: number): void {
    this.#rows[chip]! += rows;
    this.checker.add(chip, rows);
  }

  /** Going on crosses pages. */
  cross(times: number): void {
    this.add(STATE_BUMP, times);
  }

  /** Instructions accessed registers. */
  use(registers: number): void {
    this.#fresh |= registers;
  }

  /** The checker counts a doubleword as new; `isOne`: it is. */
  local(isOne: boolean): void {
    this.checker.addLocals(1);
    if (isOne) this.#locals++;
  }

  /** A load or store accessed a doubleword for the first time in the shard. */
  accessed(address: number, isUnprovable: boolean): void {
    if (address < REGISTERS) this.#below32 |= 1 << address;
    if (isUnprovable) this.#unprovable ??= { pc: 0, address };
  }

  call(commits: boolean): void {
    this.#fresh |= OF_CALL;
    this.add(SYSCALL_INSTRS, 1);
    if (commits) this.isCommitting = true;
  }

  /** Gives the cells of the call's own rows, wherever they are. */
  precompile(shape: CallShape, pointers: number): number {
    if ((pointers & ~this.#seen) !== 0) {
      // Their rows have the whole clock of the access before, and no row is added.
      this.#countAccessed();
      this.#see(pointers);
    }
    const control = shape.control === undefined ? 0 : AREA[shape.control];
    const own = shape.rows * AREA[shape.chip] + control;
    if (!shape.isRetained) {
      this.add(SYSCALL_CORE, 1);
      this.add(GLOBAL, 1);
      return own + AREA.SyscallCore + AREA.SyscallPrecompile + 2 * AREA.Global;
    }
    this.add(chipIndex(shape.chip), shape.rows);
    if (shape.control === undefined) return own;
    this.#rows[chipIndex(shape.control)]! += 1;
    this.checker.addArea(shape.control);
    return own;
  }

  /** The clock goes on from `clk`: rows for a change of its upper bits, unless the instruction has them already. */
  tick(clk: number, increment: number, isBumped: boolean): void {
    const low = clk % CLK_EPOCH;
    if (low + increment + CLK_PER_INSTRUCTION >= CLK_EPOCH && !isBumped) this.checker.add(STATE_BUMP, 1);
    if (low + increment < CLK_EPOCH) return;
    if (!isBumped) this.#rows[STATE_BUMP]! += 1;
    this.checker.add(MEMORY_BUMP, REGISTERS);
    this.#countAccessed();
    this.#seen = 0;
    this.#epochs++;
  }

  /** Counts rows of registers that were accessed for the first time in the epoch, if it is not the shard's first. */
  #countAccessed(): void {
    this.#sweep();
    const registers = this.#fresh;
    this.#fresh = 0;
    if (this.#epochs > 0) this.#rows[MEMORY_BUMP]! += bitsOf(registers & ~this.#seen);
    this.#see(registers);
  }

  #see(registers: number): void {
    this.#seen |= registers;
    this.#accessed |= registers;
  }

  /** Ends at `clk`. */
  finish(isHalted: boolean, clk: number): void {
    this.#countAccessed();
    if (!isHalted) {
      this.#accessed = -1;
      this.#rows[MEMORY_BUMP]! += REGISTERS;
    }
    this.#locals += bitsOf(this.#accessed & ~this.#below32);
    this.registersAccessed = this.#accessed;
    this.#rows[LOCAL]! += this.#locals;
    this.#rows[GLOBAL]! += 2 * this.#locals;
    this.#locals = 0;
    this.splices.push({
      registers: new BigUint64Array(0),
      pcStart: 0,
      pcEnd: 0,
      clkStart: this.#clkStart,
      clkEnd: clk,
      entriesBefore: 0,
      entriesEnd: 0,
      instructions: this.instructions,
      rows: new Map(CHIP_NAMES.map((name, i) => [name, this.#rows[i]!] as const).filter(([, n]) => n > 0)),
      unprovable: this.#unprovable,
      commits: false,
      commitsDeferred: false,
      retained: new Map(),
    });
  }
}
