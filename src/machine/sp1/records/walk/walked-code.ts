// Runs the instructions of a walk: emitted regions where code is hot, the interpreting walk where it is not, and system calls by
// whoever walks. The counterpart of the dispatcher in src/engine/executor.ts.

import { isa } from '../../../../../codegen/isa/index.ts';
import type { Program } from '../../../../../codegen/program/program.ts';
import { type GuestText, makeText } from '../../../../../codegen/program/text.ts';
import type { EmittedBlock } from '../../../../../codegen/wasm/walk/block-counters.ts';
import { compileWalk } from '../../../../../codegen/wasm/walk/compile-regions.ts';
import type { OperationAt } from '../../../../../codegen/wasm/walk/record-region.ts';
import {
  CLK_PER_INSTRUCTION,
  ENTRY_WEIGHT,
  LEAST_FUEL,
  MAX_DEPTH,
  MAX_HOT,
  type RegionFunction,
  SLACK,
  UNWIND,
} from '../../../../../runtime/abi.ts';
import type { Abi } from '../../../../../runtime/contract.ts';
import { instantiateRegions } from '../../../../../runtime/instantiate.ts';
import { CONTROL, HIGH } from '../../../../../runtime/layout.ts';
import type { WasmMemory, WasmModule } from '../../../../../runtime/memory/wasm-types.ts';
import { LEFT, WALK, type WalkMemory, walkMemory } from '../../../../../runtime/trace/walk-layout.ts';
import { CompileBudget, sizeOf } from '../../../../engine/code/compile-budget.ts';
import type { KeptPlan } from '../../../../engine/code/kept-plan.ts';
import type { KeptModule } from '../../../../engine/code/region-modules.ts';
import { RegionTable, type TableImports, tableLengthOf } from '../../../../engine/code/region-table.ts';

/** A function called this part of the threshold is compiled before a hot loop in it. */
const CALLED_SHARE = 16;
/** Times that fuel runs out at a loop's head before the function is left, so that V8 can replace it. */
const OLD = 3;
/** No slot is this. */
const NOWHERE = -1;

/** What modules are made of and for. */
export interface CodePlan {
  /** Of the memory. */
  readonly pages: number;
  readonly most: number;
  readonly operationAt: OperationAt | undefined;
  /** What earlier walks have left, and this one will. */
  readonly kept: KeptPlan;
  readonly coldModule: WasmModule;
}

/** What an emitted region asks of the walker. */
export interface CodeHost extends CodePlan {
  readonly program: Program;
  readonly memory: WasmMemory;
  /** What modules import besides, of their instrument. */
  readonly imports: Abi<'countingRegion'> | Abi<'recordingRegion'>;
  /** Runs the interpreting walk from a slot; gives the slot at which it was left. */
  readonly walk: (slot: number) => number;
  /** Whether the walk was ever at a slot. */
  isDecoded(slot: number): boolean;
  /** The walk was left for `reason` before the instruction of a slot; gives the slot to go on at. */
  resume(slot: number, reason: number): number;
  /** Does the system call at a slot, whose clk is in the memory; gives the slot to go on at. */
  ecall(slot: number): number;
  /** Instructions that may take entries. */
  room(): number;
  /** Throws where regions took too many. */
  check(): void;
  /** Error of a jump to an address where the program has no instruction. */
  stray(address: number): Error;
}

export interface CodeOptions {
  /** Entries of a loop or function before it is compiled; none is where this is infinite. */
  readonly hot: number;
  readonly maxInstructions: number;
  readonly batchInstructions: number;
  /** What translation costs in terms of that to plain WebAssembly, each in the time of its interpreter. */
  readonly weight: number;
}

export class WalkedCode {
  readonly #host: CodeHost;
  readonly #text: GuestText;
  readonly #table: RegionTable;
  readonly #functions: RegionFunction[];
  readonly #words: Int32Array;
  readonly #heat: Int32Array;
  readonly #hot: number;
  readonly #layout: WalkMemory;
  /** Blocks of emitted regions in the order of their counters. */
  readonly #blocks: EmittedBlock[] = [];
  /** clk at which to stop. */
  #stop = 0;
  /** clk when the fuel that was given is spent. */
  #fuelEnd = 0;
  #instructions = 0;

  constructor(host: CodeHost, options: CodeOptions) {
    this.#host = host;
    const { program, memory } = host;
    const refuses = (row: { readonly effect: { readonly kind: string } }): boolean => row.effect.kind === 'fence';
    this.#text = makeText(isa('rv64im'), program.textBase, program.text, ({ row }) => refuses(row), program.gaps);
    const { slots } = this.#text;
    this.#layout = walkMemory(slots);
    this.#words = new Int32Array(memory.buffer, 0, WALK.tallies >> 2);
    this.#heat = new Int32Array(memory.buffer, this.#layout.heat, slots + 1);
    this.#hot = heatOf(options.hot);
    this.#functions = new Array<RegionFunction>(slots + 1).fill(this.#cold);
    const { pages, most, operationAt } = host;
    const plan = { pages, most, tableLength: tableLengthOf(this.#text), operationAt };
    this.#table = new RegionTable({
      program,
      text: this.#text,
      control: this.#words,
      functions: this.#functions,
      cold: this.#cold,
      entries: this.#heat,
      hot: this.#hot,
      limits: options,
      budget: new CompileBudget(() => this.#instructions, options.weight, sizeOf(this.#text)),
      isReached: slot => host.isDecoded(slot),
      interpretHere: depth => this.#enter(depth, true),
      kept: host.kept,
      coldModule: host.coldModule,
      compile: (entry, batch) => compileWalk(program, this.#text, plan, entry, batch),
      link: (module, imports) => this.#link(module, imports),
    });
  }

  /** The functions of a batch; its blocks get the next counters. */
  #link({ module, blocks = [] }: KeptModule, imports: TableImports): Readonly<Record<string, RegionFunction>> {
    const counters = this.#layout.counters + 4 * this.#blocks.length;
    this.#blocks.push(...blocks);
    const { memory, imports: own } = this.#host;
    return instantiateRegions<'wasmWalk'>(module, { ...this.#imports, ...imports, ...own, memory, counters });
  }

  /** What emitted regions call back. */
  readonly #imports: Omit<Abi<'wasmWalk'>, keyof TableImports | 'memory' | 'counters'> = {
    refuelAged: (fuel, age) => {
      this.#words[CONTROL.fuel] = fuel;
      // What leaves has the place of the next entry in a local: it must not move then.
      const left = (this.#stop - this.#fuelEnd) / CLK_PER_INSTRUCTION + fuel;
      if (age % OLD === OLD - 1 || left < SLACK) return fuel;
      this.#takeBack();
      this.#grant();
      return this.#words[CONTROL.fuel]!;
    },
    ecallAt: pc => {
      this.#takeBack();
      // The block was paid, this instruction included.
      this.#clk -= CLK_PER_INSTRUCTION;
      const slot = this.#host.ecall(this.#slotAt(pc));
      this.#grant();
      return this.#isDone ? this.#unwind(slot) : this.#pcOf(slot);
    },
    callAt: (lo, hi, depth) => this.#callAt(lo, hi, depth),
    jumpAt: (pc, lo, hi, depth) => {
      if (hi === 0 && this.#slotAt(lo) >= 0) this.#table.missed(pc >>> 0, lo >>> 0);
      return this.#callAt(lo, hi, depth);
    },
    interpretHere: depth => this.#enter(depth, true),
    unwindTo: (lo, hi) => {
      throw this.#host.stray((hi >>> 0) * HIGH + (lo >>> 0));
    },
  };

  #callAt(lo: number, hi: number, depth: number): number {
    const slot = hi === 0 ? this.#slotAt(lo) : -1;
    if (slot < 0) throw this.#host.stray((hi >>> 0) * HIGH + (lo >>> 0));
    this.#words[CONTROL.pcLo] = lo;
    return this.#functions[slot]!(depth);
  }

  #pcOf(slot: number): number {
    return (this.#text.base + (slot << 2)) | 0;
  }

  #slotAt(pc: number): number {
    const offset = (pc >>> 0) - this.#text.base;
    return offset >= 0 && offset % 4 === 0 && offset >>> 2 < this.#text.slots ? offset >>> 2 : -1;
  }

  /** Of the next instruction, while no emitted region runs. */
  get #clk(): number {
    return (this.#words[WALK.clk >> 2]! >>> 0) + HIGH * this.#words[(WALK.clk >> 2) + 1]!;
  }

  set #clk(clk: number) {
    this.#words[WALK.clk >> 2] = clk | 0;
    this.#words[(WALK.clk >> 2) + 1] = Math.floor(clk / HIGH);
  }

  /** Where the walk is to stop from now on. */
  set stop(clk: number) {
    this.#stop = clk;
    this.#words[WALK.stop >> 2] = clk | 0;
    this.#words[(WALK.stop >> 2) + 1] = Math.floor(clk / HIGH);
  }

  get #isDone(): boolean {
    return this.#clk >= this.#stop;
  }

  get #left(): number {
    return Math.ceil((this.#stop - this.#clk) / CLK_PER_INSTRUCTION);
  }

  /** Gives emitted regions fuel and the clock that belongs to it. */
  #grant(): void {
    const words = this.#words;
    const clk = this.#clk;
    const fuel = Math.max(0, Math.min(this.#left, this.#host.room()));
    this.#fuelEnd = clk + CLK_PER_INSTRUCTION * fuel;
    words[CONTROL.fuel] = fuel;
    words[CONTROL.clkBase] = this.#fuelEnd | 0;
    words[CONTROL.clkHi] = Math.floor(clk / HIGH);
  }

  /** The clock of what emitted regions left off at. */
  #takeBack(): void {
    const clk = this.#clk;
    this.#clk = this.#fuelEnd - CLK_PER_INSTRUCTION * this.#words[CONTROL.fuel]!;
    this.#instructions += (this.#clk - clk) / CLK_PER_INSTRUCTION;
    this.#host.check();
  }

  #unwind(slot: number): number {
    this.#words[CONTROL.pcLo] = this.#pcOf(slot);
    return UNWIND;
  }

  /** The function of what is not compiled. */
  readonly #cold: RegionFunction = depth => {
    const slot = this.#slotAt(this.#words[CONTROL.pcLo]!);
    if (slot >= 0) {
      if (this.#heat[slot]! < this.#hot) this.#heat[slot]! += ENTRY_WEIGHT;
      else if (this.#functions[slot] === this.#cold) this.#compileHot(slot);
    }
    return this.#enter(depth, false);
  };

  /** From an emitted region, whose registers are in the memory. */
  #enter(depth: number, byInterpreter: boolean): number {
    if (depth > MAX_DEPTH) return UNWIND;
    const slot = this.#slotAt(this.#words[CONTROL.pcLo]!);
    if (slot < 0) throw this.#host.stray(this.#words[CONTROL.pcLo]! >>> 0);
    this.#takeBack();
    const result = this.#dispatch(slot, this.#slotAt(this.#words[CONTROL.registers + 2]!), depth, byInterpreter);
    this.#grant();
    return result;
  }

  /** Runs from `slot` until the clock says so; gives the slot to go on at. */
  run(from: number): number {
    let slot = from;
    let isStuck = false;
    while (!this.#isDone) {
      const clk = this.#clk;
      const given = this.#dispatch(slot, NOWHERE, 0, isStuck);
      const pc = given === UNWIND ? this.#words[CONTROL.pcLo]! : given;
      slot = this.#slotAt(pc);
      if (slot < 0) {
        // A program may halt by its last instruction.
        if (pc >>> 0 !== this.#text.base + 4 * this.#text.slots || !this.#isDone) throw this.#host.stray(pc >>> 0);
        slot = this.#text.slots;
      }
      isStuck = this.#clk === clk;
    }
    return slot;
  }

  /** Runs until a jump goes to the slot `back` or all is to unwind; gives the pc to go on at. */
  #dispatch(from: number, back: number, depth: number, byInterpreter: boolean): number {
    const words = this.#words;
    let slot = from;
    for (let interprets = byInterpreter; !this.#isDone; interprets = false) {
      const compiled = this.#functions[slot]!;
      if (!interprets && compiled !== this.#cold && this.#left >= LEAST_FUEL) {
        words[CONTROL.pcLo] = this.#pcOf(slot);
        this.#grant();
        const pc = compiled(depth + 1);
        this.#takeBack();
        if (pc === UNWIND) return UNWIND;
        slot = this.#slotAt(pc);
        if (slot < 0 || slot === back) return pc;
        continue;
      }
      words[WALK.back >> 2] = back;
      const clk = this.#clk;
      slot = this.#host.walk(slot);
      this.#instructions += (this.#clk - clk) / CLK_PER_INSTRUCTION;
      const reason = words[WALK.reason >> 2]!;
      if (reason === LEFT.back) return this.#pcOf(slot);
      if (reason !== LEFT.hot) slot = this.#host.resume(slot, reason);
      else if (this.#functions[slot] === this.#cold) this.#compileHot(slot);
    }
    return this.#unwind(slot);
  }

  /** Compiles the code at a hot slot, or the function around it where that is called often. */
  #compileHot(slot: number): void {
    if (this.#blocks.length + MOST_BLOCKS > this.#layout.mostCounters) {
      this.#heat[slot] = 0;
      return;
    }
    const start = this.#slotAt(this.#host.program.functionBefore(this.#pcOf(slot) >>> 0) ?? this.#pcOf(slot));
    const isCalled = this.#heat[start]! >= this.#hot / CALLED_SHARE;
    if (start === slot || this.#functions[start] !== this.#cold || !isCalled) {
      this.#table.compile(slot);
      return;
    }
    this.#table.compile(start);
    this.#heat[slot] = 0;
  }

  /** A jump at a slot was seen to go to another. */
  seen(slot: number, target: number): void {
    this.#table.seen(this.#pcOf(slot) >>> 0, this.#pcOf(target) >>> 0);
  }

  /** Takes what blocks of emitted regions have counted, and sets it to 0. */
  takeCounts(each: (block: EmittedBlock, count: number, index: number) => void): void {
    const { counters } = this.#layout;
    const words = new Int32Array(this.#host.memory.buffer, counters, this.#blocks.length);
    for (let i = 0; i < words.length; i++) {
      const count = words[i]!;
      if (count === 0) continue;
      words[i] = 0;
      each(this.#blocks[i]!, count, i);
    }
  }
}

/** More blocks than a batch has. */
const MOST_BLOCKS = 8192;

/** The heat at which code is left to be compiled. */
export const heatOf = (entries: number): number => (entries < MAX_HOT ? ENTRY_WEIGHT * entries : NEVER);
/** A heat that no slot has. */
const NEVER = 2 ** 31 - 1;
