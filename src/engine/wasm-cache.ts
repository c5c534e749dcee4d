// The function table of one run on the WebAssembly engine: which regions are compiled, in modules of several, and what
// compiling them again would gain. The counterpart of code-cache.ts.

import { isDecoded, type Text } from '../../codegen/program/predecode.ts';
import type { Program } from '../../codegen/program/program.ts';
import { windowsOf } from '../../codegen/wasm/access.ts';
import {
  type BatchOptions,
  type CompiledBatch,
  compileBatch,
  compileCold,
  HOST_FUNCTIONS,
  type WasmPlan,
} from '../../codegen/wasm/region/compile.ts';
import { ENTRY_WEIGHT, SLACK } from '../../runtime/abi.ts';
import { CONTROL, PAGE_BYTES } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { CodeCacheOptions, RegionFunction } from './code-cache.ts';
import { CompileBudget, isLarge, sizeOf } from './compile-budget.ts';
import { JumpProfile, slotOf } from './jump-profile.ts';

/** Fewer than run between two tests of the fuel, SLACK; V8 compiles functions of this size without a cliff. */
const MAX_INSTRUCTIONS = 3500;
const BATCH_INSTRUCTIONS = 3000;
/** A function called this part of the threshold is compiled together with a hot one that calls it. */
const CALLED_SHARE = 16;
/** Elements of the table: instantiating a module costs some 60 ns for each (measured: 0.9 ms for these, 28 to 33 for 517,000). */
const MAX_TABLE = 2 ** 14;
/** Elements at first, where they are given to regions one by one. */
const FIRST_TABLE = 2 ** 8;
/** Accesses outside the window at one place before a batch is compiled again. */
const STRAYS = 30;
const MAX_COMPILES = 8;
/** Times that fuel runs out at a loop's head before the function is left, so that V8 can replace it. */
const OLD = 3;

/** Regions that were compiled together, by slot. */
interface Batch {
  readonly slots: readonly number[];
}

export class WasmCache {
  /** By slot; everything not compiled is the function `cold`. */
  readonly functions: RegionFunction[];
  readonly #program: Program;
  readonly #text: Text;
  readonly #plan: WasmPlan;
  readonly #batchOptions: BatchOptions;
  readonly #cold: RegionFunction;
  readonly #interpretAt: (depth: number, entry: number) => number;
  readonly #coldElement: unknown;
  readonly #table: WebAssembly.Table;
  readonly #host: Record<string, unknown>;
  readonly #budget: CompileBudget;
  readonly #indices = new Map<number, number>();
  readonly #control: Int32Array;
  readonly #entries: Int32Array;
  readonly #slots: Int32Array;
  readonly #hot: number;
  readonly #jumps = new JumpProfile<Batch>();
  readonly #strays = new Map<number, number>();
  readonly #batchOf = new Map<number, Batch>();
  readonly #compiles = new Map<number, number>();

  /** `abi` is what the executor gives generated text: host functions, H (entries by slot) and HOT. */
  constructor(
    program: Program,
    text: Text,
    memory: GuestMemory,
    abi: Record<string, unknown>,
    cold: RegionFunction,
    { alignedOnly, traced, executed }: CodeCacheOptions,
  ) {
    if (memory.wasm === undefined) throw new Error('bug: the arena is no WebAssembly memory');
    this.#program = program;
    this.#text = text;
    this.#cold = cold;
    this.#control = memory.control;
    this.#entries = abi.H as Int32Array;
    this.#slots = abi.P as Int32Array;
    this.#hot = abi.HOT as number;
    this.#budget = new CompileBudget(executed, 1, sizeOf(text));
    this.#batchOptions = {
      maxInstructions: MAX_INSTRUCTIONS,
      batchInstructions: BATCH_INSTRUCTIONS,
      isFunctionStart: pc => this.#program.functionBefore(pc) === pc,
      seenTargets: pc => this.#jumps.targetsOf(pc),
      isReached: pc => !isLarge(this.#text) || isDecoded(this.#slots, this.#slotOf(pc)),
      wanted: pc => this.#isWanted(this.#slotOf(pc)),
      strays: pc => (this.#strays.get(pc) ?? 0) >= STRAYS,
      tableIndexOf: pc => this.#indexOf(this.#slotOf(pc)),
    };
    this.functions = new Array<RegionFunction>(text.slots + 2).fill(cold);
    this.#plan = {
      pages: memory.buffer.byteLength / PAGE_BYTES,
      tableLength: isLarge(text) ? 0 : text.slots,
      window: {
        ...windowsOf(memory),
        alignedOnly,
      },
      stamps: traced ? memory.extra : undefined,
    };
    const elements = this.#plan.tableLength || FIRST_TABLE;
    const module = new WebAssembly.Module(compileCold());
    const own = { coldAt: (depth: number) => this.#coldAt(depth) };
    this.#coldElement = new WebAssembly.Instance(module, { host: own }).exports.cold;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: elements }, this.#coldElement);
    const refuel = abi.refuel as (fuel: number, tail: number, early: boolean) => number;
    this.#interpretAt = abi.interpretAt as (depth: number, entry: number) => number;
    this.#host = {
      memory: memory.wasm,
      table: this.#table,
      ...Object.fromEntries(Object.keys(HOST_FUNCTIONS).map(name => [name, abi[name]])),
      refuel: (fuel: number, age: number) =>
        age % OLD === OLD - 1 ? fuel : refuel(fuel, this.#control[CONTROL.traceTail]!, false),
      interpretAt: (depth: number) => this.#interpretAt(depth, 0),
      strayAt: (entry: number, depth: number) => this.#strayAt(entry >>> 0, depth),
    };
  }

  /** A large program's regions get elements as calls of them are compiled. */
  #indexOf(slot: number): number | undefined {
    if (this.#plan.tableLength > 0) return slot;
    let index = this.#indices.get(slot);
    if (index === undefined && this.#indices.size < MAX_TABLE) {
      index = this.#indices.size;
      this.#indices.set(slot, index);
      if (index >= this.#table.length) this.#table.grow(this.#table.length, this.#coldElement);
      if (this.functions[slot] !== this.#cold) this.#table.set(index, this.functions[slot]);
    }
    return index;
  }

  #setElement(slot: number, element: unknown): void {
    const index = this.#plan.tableLength > 0 ? slot : this.#indices.get(slot);
    if (index !== undefined) this.#table.set(index, element);
  }

  #slotOf(pc: number): number {
    return slotOf(this.#text, pc);
  }

  /** An indirect jump at `pc` was seen to go to `target`. */
  seen(pc: number, target: number): void {
    this.#jumps.seen(pc, target);
  }

  /** Compiled code took an indirect jump that it did not know; after many, its batches are dropped. */
  missed(pc: number, target: number): void {
    for (const batch of this.#jumps.missed(pc, target)) this.#drop(batch);
  }

  /** The JavaScript engine's way to tell of exits; this one has `strayAt`. */
  strayed(_pc: number, _entry: number): void {}

  /** Called by code whose callee is not compiled: counts like the interpreter does. */
  #coldAt(depth: number): number {
    const slot = this.#slotOf(this.#control[CONTROL.pcLo]! >>> 0);
    if (this.#entries[slot]! < this.#hot) this.#entries[slot]! += ENTRY_WEIGHT;
    else if (this.functions[slot] === this.#cold) this.compile(slot);
    const compiled = this.functions[slot]!;
    // At depth 1 it is the dispatcher that waits, and goes on at the pc.
    if (compiled === this.#cold && depth === 1) return this.#control[CONTROL.pcLo]!;
    return compiled(depth);
  }

  /** The region at `entry` left: for want of fuel, or at an access outside the window; after many of those its batch is dropped. */
  #strayAt(entry: number, depth: number): number {
    const pc = this.#control[CONTROL.pcLo]! >>> 0;
    if (this.#control[CONTROL.fuel]! < SLACK) this.#entries[this.#slotOf(pc)] = this.#hot;
    else {
      const strays = (this.#strays.get(pc) ?? 0) + 1;
      this.#strays.set(pc, strays);
      const batch = this.#batchOf.get(this.#slotOf(entry));
      if (strays % STRAYS === 0 && batch !== undefined) this.#drop(batch);
    }
    return this.#interpretAt(depth, 0);
  }

  #drop(batch: Batch): void {
    for (const slot of batch.slots) {
      if (this.#batchOf.get(slot) !== batch || (this.#compiles.get(slot) ?? 0) >= MAX_COMPILES) continue;
      this.functions[slot] = this.#cold;
      this.#setElement(slot, this.#coldElement);
    }
  }

  #isWanted(slot: number): boolean {
    if (this.functions[slot] !== this.#cold) return false;
    return !isLarge(this.#text) || this.#entries[slot]! >= this.#hot / CALLED_SHARE;
  }

  /** The module with the region that starts at `entry`. */
  translate(entry: number): CompiledBatch {
    return compileBatch(this.#program, this.#text, this.#plan, entry, this.#batchOptions);
  }

  /** Compiles a batch; where translation has taken too much of the run, the slot waits to be hot again. */
  compile(slot: number): void {
    const pc = this.#text.base + (slot << this.#text.slotShift);
    if (!this.#budget.hasLeft) this.#entries[slot] = this.#hot >> 1;
    else this.#compile(pc);
  }

  #compile(entry: number): void {
    const { bytes, regions } = this.translate(entry);
    this.#budget.spend(regions.reduce((sum, { region }) => sum + region.instructionCount, 0));
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { host: this.#host });
    const batch: Batch = { slots: regions.map(({ region }) => this.#slotOf(region.entryPc)) };
    regions.forEach(({ name, region }, i) => {
      const slot = batch.slots[i]!;
      this.functions[slot] = exports[name] as RegionFunction;
      this.#setElement(slot, exports[name]);
      this.#batchOf.set(slot, batch);
      this.#compiles.set(slot, (this.#compiles.get(slot) ?? 0) + 1);
      this.#jumps.own(region, batch);
    });
  }
}
