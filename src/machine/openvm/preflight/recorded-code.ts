// Runs the instructions of a recorded run: emitted regions where code is hot, blocks of JavaScript where it is not or where the last
// instructions are counted, and what is the host's by itself. The counterpart of the dispatcher in src/engine/executor.ts.

import { isa } from '../../../../codegen/isa/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { type GuestText, makeText } from '../../../../codegen/program/text.ts';
import { compilePreflight } from '../../../../codegen/wasm/preflight/compile.ts';
import { compileCold } from '../../../../codegen/wasm/region/compile.ts';
import type { EmittedBlock } from '../../../../codegen/wasm/walk/block-counters.ts';
import {
  ENTRY_WEIGHT,
  LEAST_FUEL,
  MAX_DEPTH,
  MAX_HOT,
  type RegionFunction,
  SLACK,
  UNWIND,
} from '../../../../runtime/abi.ts';
import type { Abi } from '../../../../runtime/contract.ts';
import { instantiateRegions } from '../../../../runtime/instantiate.ts';
import { CONTROL } from '../../../../runtime/layout.ts';
import { RECORDED } from '../../../../runtime/openvm/preflight-layout.ts';
import { CompileBudget, sizeOf } from '../../../engine/code/compile-budget.ts';
import { newPlan } from '../../../engine/code/kept-plan.ts';
import type { KeptModule } from '../../../engine/code/region-modules.ts';
import { RegionTable, type TableImports, tableLengthOf } from '../../../engine/code/region-table.ts';
import type { RecordArenas } from './arenas.ts';
import type { BlockState } from './block-state.ts';
import { PreflightBlocks } from './blocks.ts';
import { operationAt } from './operations.ts';
import { MOST_RECORDED_PAGES, RECORDED_PAGES, type RecordedMemory } from './recorded-memory.ts';
import type { SegmentHost } from './segment-host.ts';

/** Entries of a loop or function before it is compiled: cold code is slow. */
const HOT = 100;
/** A function called this part of the threshold is compiled before a hot loop in it. */
const CALLED_SHARE = 16;
/** Times that fuel runs out at a loop's head before the function is left, so that V8 can replace it. */
const OLD = 3;
/** Instructions between two looks whether to stop. */
const SLICE = 2 ** 20;
/** A batch has fewer blocks. */
const MOST_BLOCKS = 8192;
/** Emitted regions are large: records take some thirty instructions each. */
const LIMITS = { maxInstructions: 1000, batchInstructions: 1000 } as const;
/** What translation costs in terms of that to plain WebAssembly, each in the time of its interpreter. */
const WEIGHT = 0.05;

/** What a segment is run with. */
export interface SegmentRun {
  readonly host: SegmentHost;
  readonly arenas: RecordArenas;
  readonly isStopped: () => boolean;
}

export class RecordedCode {
  readonly text: GuestText;
  readonly #memory: RecordedMemory;
  readonly #words: Int32Array;
  readonly #blocks: PreflightBlocks;
  readonly #functions: RegionFunction[];
  readonly #heat: Int32Array;
  readonly #table: RegionTable;
  readonly #program: Program;
  readonly #hot: number;
  /** Blocks of emitted regions in the order of their counters. */
  readonly #emitted: EmittedBlock[] = [];
  #run!: SegmentRun;
  #block!: BlockState;
  /** Instructions of the segment that are left, those included that the fuel is of; and how much was given of it. */
  #left = 0;
  #given = 0;
  #executed = 0;

  constructor(program: Program, memory: RecordedMemory, hot: number = HOT) {
    this.#hot = ENTRY_WEIGHT * Math.min(hot, MAX_HOT);
    this.text = makeText(isa('openvm'), program.textBase, program.text, () => false, program.gaps);
    this.#program = program;
    this.#memory = memory;
    this.#words = new Int32Array(memory.memory.buffer, 0, RECORDED.counters / 4);
    const { slots } = this.text;
    this.#blocks = new PreflightBlocks(this.text);
    this.#heat = new Int32Array(slots + 1);
    this.#functions = new Array<RegionFunction>(slots + 1).fill(this.#cold);
    const plan = {
      ...{ pages: RECORDED_PAGES, most: MOST_RECORDED_PAGES, tableLength: tableLengthOf(this.text) },
      at: (_: unknown, pc: number) => {
        const operation = operationAt(this.text, (pc - this.text.base) >>> 2);
        return operation === undefined || operation.isHost || operation.isRevealed ? undefined : operation;
      },
    };
    this.#table = new RegionTable({
      program,
      text: this.text,
      control: this.#words,
      functions: this.#functions,
      cold: this.#cold,
      entries: this.#heat,
      hot: this.#hot,
      limits: LIMITS,
      budget: new CompileBudget(() => this.#executed, WEIGHT, sizeOf(this.text)),
      isReached: slot => this.#blocks.isReached(slot),
      interpretHere: () => UNWIND,
      kept: newPlan(),
      coldModule: new WebAssembly.Module(compileCold()),
      compile: (entry, batch) => compilePreflight(program, this.text, plan, entry, batch),
      link: (module, imports) => this.#link(module, imports),
    });
  }

  #link({ module, blocks = [] }: KeptModule, imports: TableImports): Readonly<Record<string, RegionFunction>> {
    const counters = RECORDED.counters + 4 * this.#emitted.length;
    this.#emitted.push(...blocks);
    const { memory } = this.#memory;
    return instantiateRegions<'wasmWalk' | 'preflightRegion'>(module, {
      ...this.#imports,
      ...imports,
      memory,
      counters,
    });
  }

  readonly #imports: Omit<Abi<'wasmWalk' | 'preflightRegion'>, keyof TableImports | 'memory' | 'counters'> = {
    refuelAged: (fuel, age) => {
      const rest = this.#left - this.#given + fuel;
      if (age % OLD === OLD - 1 || rest < SLACK || this.#run.isStopped()) return fuel;
      return this.#grantMore(fuel);
    },
    ecallAt: pc => this.#callHost(pc),
    callAt: (lo, _hi, depth) => this.#callAt(lo, depth),
    jumpAt: (pc, lo, _hi, depth) => {
      if (this.#slotAt(lo) >= 0) this.#table.missed(pc >>> 0, lo >>> 0);
      return this.#callAt(lo, depth);
    },
    interpretHere: () => UNWIND,
    unwindTo: () => UNWIND,
    touchRegister: register => this.#memory.touchRegister(register),
    touchChunk: pointer => this.#memory.touchChunk(pointer),
    refuse: (pc, address) => {
      this.#run.host.fault(pc >>> 0, address);
      return UNWIND;
    },
    full: air => this.#run.arenas.full(air),
  };

  #slotAt(pc: number): number {
    const offset = (pc >>> 0) - this.text.base;
    return offset >= 0 && offset % 4 === 0 && offset >>> 2 < this.text.slots ? offset >>> 2 : -1;
  }

  #pcOf(slot: number): number {
    return (this.text.base + (slot << 2)) | 0;
  }

  #callAt(lo: number, depth: number): number {
    const slot = this.#slotAt(lo);
    this.#words[CONTROL.pcLo] = lo;
    return slot < 0 || depth > MAX_DEPTH ? UNWIND : this.#functions[slot]!(depth);
  }

  /** The function of what is not compiled: counts, and leaves. */
  readonly #cold: RegionFunction = depth => {
    const slot = this.#slotAt(this.#words[CONTROL.pcLo]!);
    if (slot < 0) return UNWIND;
    if (this.#isHot(slot)) this.#compileHot(slot);
    const compiled = this.#functions[slot]!;
    return compiled === this.#cold ? UNWIND : compiled(depth);
  };

  #isHot(slot: number): boolean {
    this.#heat[slot]! += ENTRY_WEIGHT;
    return this.#heat[slot]! >= this.#hot;
  }

  /** Compiles the code at a hot slot, or the function around it where that is called often. */
  #compileHot(slot: number): void {
    if (this.#emitted.length + MOST_BLOCKS > RECORDED.mostCounters) {
      this.#heat[slot] = 0;
      return;
    }
    const start = this.#slotAt(this.#program.functionBefore(this.#pcOf(slot) >>> 0) ?? this.#pcOf(slot));
    const isCalled = start >= 0 && this.#heat[start]! >= this.#hot / CALLED_SHARE;
    if (start === slot || !isCalled || this.#functions[start] !== this.#cold) {
      this.#table.compile(slot);
      return;
    }
    this.#table.compile(start);
    this.#heat[slot] = 0;
  }

  /** An instruction of the host's, whose block was paid and counted. */
  #callHost(pc: number): number {
    const slot = this.#slotAt(pc);
    const next = this.#blocks.single(slot).run(...this.#block);
    if (next >= 0) return this.#pcOf(next);
    if (this.#run.host.failedSlot !== undefined) this.#words[CONTROL.fuel]! += 1;
    return UNWIND;
  }

  #grantMore(fuel: number): number {
    const more = Math.min(this.#left - this.#given, SLICE);
    this.#given += more;
    this.#words[CONTROL.fuel] = fuel + more;
    return fuel + more;
  }

  /** Runs from a slot until so many instructions are done, or the run ends; gives how many were, and the slot to go on at. */
  run(
    from: number,
    instructions: number,
    run: SegmentRun,
    block: BlockState,
  ): { readonly done: number; readonly slot: number } {
    this.#run = run;
    this.#block = block;
    this.#left = instructions;
    let slot = from;
    let isStuck = false;
    let look = SLICE;
    while (this.#left > 0 && slot >= 0) {
      const before = this.#left;
      if (this.#functions[slot] !== this.#cold && this.#left >= LEAST_FUEL && !isStuck) {
        slot = this.#runCompiled(slot);
        isStuck = this.#left === before;
      } else {
        slot = this.#runBlock(slot);
        isStuck = false;
      }
      const done = before - this.#left;
      this.#executed += done;
      look -= done;
      if (look > 0) continue;
      look = SLICE;
      if (slot >= 0 && run.isStopped()) {
        slot = run.host.interrupt(slot);
        break;
      }
    }
    return { done: instructions - this.#left, slot };
  }

  #runCompiled(slot: number): number {
    const words = this.#words;
    this.#given = 0;
    this.#grantMore(0);
    words[CONTROL.pcLo] = this.#pcOf(slot);
    const result = this.#functions[slot]!(1);
    this.#left -= this.#given - words[CONTROL.fuel]!;
    const { host } = this.#run;
    if (host.hasEnded) return -1;
    return host.slotOf(result === UNWIND ? words[CONTROL.pcLo]! : result);
  }

  #runBlock(slot: number): number {
    const { host } = this.#run;
    if (this.#isHot(slot)) this.#compileHot(slot);
    const block = this.#blocks.at(slot, this.#left);
    block.entries++;
    this.#left -= block.instructions;
    const next = block.run(...this.#block);
    // What was not done of the block.
    if (host.failedSlot !== undefined) this.#left += block.instructions - (host.failedSlot - slot);
    return next;
  }

  /** By slot: how often its instruction was done in this segment, which is over. */
  takeFrequencies(): Uint32Array {
    const frequencies = this.#blocks.takeFrequencies();
    const counters = new Int32Array(this.#memory.memory.buffer, RECORDED.counters, this.#emitted.length);
    for (const [i, { pc, instructions }] of this.#emitted.entries()) {
      const count = counters[i]!;
      if (count === 0) continue;
      const first = (pc - this.text.base) >>> 2;
      for (let slot = first; slot < first + instructions; slot++) frequencies[slot]! += count;
    }
    counters.fill(0);
    return frequencies;
  }
}
