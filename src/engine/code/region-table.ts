// Which regions of a text are compiled to WebAssembly, in modules of several, and what compiling them again would gain.

import type { Program } from '../../../codegen/program/program.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import { formRegion, type Region } from '../../../codegen/region/region.ts';
import type { CompiledBatch, RegionBatchOptions } from '../../../codegen/wasm/region/compile.ts';
import { ENTRY_WEIGHT, type RegionFunction, SLACK } from '../../../runtime/abi.ts';
import type { Abi } from '../../../runtime/contract.ts';
import { instantiate } from '../../../runtime/instantiate.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { WasmModule } from '../../../runtime/memory/wasm-types.ts';
import { type CompileBudget, isLarge } from './compile-budget.ts';
import { JumpProfile, slotOf } from './jump-profile.ts';
import type { JoinedCode, KeptPlan } from './kept-plan.ts';
import { type KeptModule, type KeptRegion, keptRegion } from './region-modules.ts';

/** A function called this part of the threshold is compiled together with a hot one that calls it, however much that is. */
const CALLED_SHARE = 16;
/**
 * Instructions of a small program that are compiled together whether they are called or not. Were that all, one loop of
 * `main` would take formatting and panics along: fibonacci of 10,000 took 275 ms of processor time instead of 66.
 */
const WHOLE = 1000;
/** Elements of the table: instantiating a module costs some 60 ns for each (measured: 0.9 ms for these, 28 to 33 for 517,000). */
const MAX_TABLE = 2 ** 14;
/** Elements at first, where they are given to regions one by one. */
const FIRST_TABLE = 2 ** 8;
/** Accesses outside the window at one place before a batch is compiled again. */
const STRAYS = 30;
const MAX_COMPILES = 8;
/** Instructions of what is left to other processes: an Ethereum block has 14,000 that are hot. */
const MOST_JOINED = 30_000;

/** Regions that were compiled together, by slot. */
interface Batch {
  /** Where it was asked for. */
  readonly entry: number;
  readonly slots: readonly number[];
}

/** A batch, and of its blocks those that have counters. */
export interface EmittedBatch extends CompiledBatch {
  readonly blocks?: KeptModule['blocks'];
}

/** What a module of regions takes of the table. */
export type TableImports = Pick<Abi<'wasmRegion'>, 'table' | 'strayAt'>;

/** Whose regions they are. */
export interface RegionHost {
  readonly program: Program;
  readonly text: GuestText;
  readonly control: Int32Array;
  /** By slot; everything not compiled is the function `cold`. */
  readonly functions: RegionFunction[];
  readonly cold: RegionFunction;
  /** Heat by slot, and that at which code is left to be compiled. */
  readonly entries: Int32Array;
  readonly hot: number;
  readonly limits: Pick<RegionBatchOptions, 'maxInstructions' | 'batchInstructions'>;
  readonly budget: CompileBudget;
  /** Whether the instruction at a slot was ever reached. */
  isReached(slot: number): boolean;
  /** Interprets from the pc in the control page. */
  interpretHere(depth: number): number;
  /** What earlier runs have left, and this one will. */
  readonly kept: KeptPlan;
  /** The module of `compileCold`. */
  readonly coldModule: WasmModule;
  compile(entry: number, options: RegionBatchOptions): EmittedBatch;
  /** All of them in one module. */
  join?(regions: readonly Region[], options: RegionBatchOptions): CompiledBatch;
  /** Makes the functions of a batch, by their names. */
  link(module: KeptModule, imports: TableImports): Readonly<Record<string, RegionFunction>>;
}

export class RegionTable {
  readonly #host: RegionHost;
  readonly #options: RegionBatchOptions;
  readonly #length: number;
  readonly #coldElement: RegionFunction;
  readonly #imports: TableImports;
  readonly #jumps: JumpProfile<Batch>;
  readonly #batchOf = new Map<number, Batch>();
  readonly #compiles = new Map<number, number>();
  /** Whether this run has compiled anything: what earlier ones did is where they left it. */
  #hasCompiled = false;

  constructor(host: RegionHost) {
    this.#host = host;
    const { program, text, kept } = host;
    this.#jumps = new JumpProfile(kept.targets);
    this.#options = {
      ...host.limits,
      isFunctionStart: pc => program.functionBefore(pc) === pc,
      seenTargets: pc => this.#jumps.targetsOf(pc),
      isReached: pc => !isLarge(text) || host.isReached(this.#slotOf(pc)),
      wanted: pc => host.functions[this.#slotOf(pc)] === host.cold,
      isBusy: pc => host.entries[this.#slotOf(pc)]! >= host.hot / CALLED_SHARE,
      wholeInstructions: isLarge(text) ? 0 : WHOLE,
      strays: pc => (kept.strays.get(pc) ?? 0) >= STRAYS,
      tableIndexOf: pc => this.#indexOf(this.#slotOf(pc)),
    };
    this.#length = tableLengthOf(text);
    this.#coldElement = instantiate('cold', host.coldModule, { coldAt: depth => this.#coldAt(depth) }).cold;
    const initial = this.#length || Math.max(FIRST_TABLE, kept.indices.size);
    this.#imports = {
      table: new WebAssembly.Table({ element: 'anyfunc', initial }, this.#coldElement),
      strayAt: (entry, depth) => this.#strayAt(entry >>> 0, depth),
    };
    if (kept.joined !== undefined) this.#installJoined(kept.joined);
  }

  /** Each region can be dropped by itself; calls of it from the others go on as they were. */
  #installJoined({ bytes, regions }: JoinedCode): void {
    const exports = this.#host.link({ module: new WebAssembly.Module(bytes), regions }, this.#imports);
    for (const region of regions) {
      const slot = this.#slotOf(region.entry);
      this.#installRegion({ entry: region.entry, slots: [slot] }, slot, region, exports[region.name]!);
      // Or the interpreter never leaves for it.
      this.#host.entries[slot] = this.#host.hot;
    }
  }

  /** What other processes should have, in one module; undefined where that is what there was before. */
  joined(): Omit<JoinedCode, 'reached'> | undefined {
    const { kept, text, functions, cold } = this.#host;
    if (!this.#hasCompiled || this.#host.join === undefined) return undefined;
    const regions = [...kept.modules.all.values()].flatMap(one => one.regions);
    const entries = new Set([...(kept.joined?.regions ?? []), ...regions].map(({ entry }) => entry));
    const formed: Region[] = [];
    let left = MOST_JOINED;
    for (const entry of entries) {
      if (functions[this.#slotOf(entry)] === cold) continue;
      const region = formRegion(text, entry, this.#options);
      left -= region.instructionCount;
      if (left < 0) break;
      formed.push(region);
    }
    const { bytes, regions: named } = this.#host.join(formed, this.#options);
    return { bytes, regions: named.map(({ name, region }) => keptRegion(name, region)) };
  }

  /** A large program's regions get elements as calls of them are compiled. */
  #indexOf(slot: number): number | undefined {
    if (this.#length > 0) return slot;
    const { table } = this.#imports;
    const { functions, cold, kept } = this.#host;
    const { indices } = kept;
    let index = indices.get(slot);
    if (index === undefined && indices.size < MAX_TABLE) {
      index = indices.size;
      indices.set(slot, index);
      if (index >= table.length) table.grow(table.length, this.#coldElement);
      if (functions[slot] !== cold) table.set(index, functions[slot]);
    }
    return index;
  }

  #setElement(slot: number, element: RegionFunction): void {
    const index = this.#length > 0 ? slot : this.#host.kept.indices.get(slot);
    if (index !== undefined) this.#imports.table.set(index, element);
  }

  #slotOf(pc: number): number {
    return slotOf(this.#host.text, pc);
  }

  /** An indirect jump at `pc` was seen to go to `target`. */
  seen(pc: number, target: number): void {
    this.#jumps.seen(pc, target);
  }

  /** Compiled code took an indirect jump that it did not know; after many, its batches are dropped. */
  missed(pc: number, target: number): void {
    for (const batch of this.#jumps.missed(pc, target)) this.#drop(batch);
  }

  /** Called by code whose callee is not compiled: counts like the interpreter does. */
  #coldAt(depth: number): number {
    const { control, entries, hot, functions, cold } = this.#host;
    const slot = this.#slotOf(control[CONTROL.pcLo]! >>> 0);
    if (entries[slot]! < hot) entries[slot]! += ENTRY_WEIGHT;
    else if (functions[slot] === cold) this.compile(slot);
    const compiled = functions[slot]!;
    // At depth 1 it is the dispatcher that waits, and goes on at the pc.
    if (compiled === cold && depth === 1) return control[CONTROL.pcLo]!;
    return compiled(depth);
  }

  /** The region at `entry` left: for want of fuel, or at an access outside the window; after many of those its batch is dropped. */
  #strayAt(entry: number, depth: number): number {
    const { control, entries, hot, kept } = this.#host;
    const pc = control[CONTROL.pcLo]! >>> 0;
    if (control[CONTROL.fuel]! < SLACK) entries[this.#slotOf(pc)] = hot;
    else {
      const strays = (kept.strays.get(pc) ?? 0) + 1;
      kept.strays.set(pc, strays);
      const batch = this.#batchOf.get(this.#slotOf(entry));
      if (strays % STRAYS === 0 && batch !== undefined) this.#drop(batch);
    }
    return this.#host.interpretHere(depth);
  }

  #drop(batch: Batch): void {
    const { functions, cold, kept } = this.#host;
    kept.modules.delete(batch.entry);
    for (const slot of batch.slots) {
      if (this.#batchOf.get(slot) !== batch || (this.#compiles.get(slot) ?? 0) >= MAX_COMPILES) continue;
      functions[slot] = cold;
      this.#setElement(slot, this.#coldElement);
    }
  }

  /** The module with the region that starts at `entry`. */
  translate(entry: number): EmittedBatch {
    return this.#host.compile(entry, this.#options);
  }

  /** Compiles a batch; where translation has taken too much of the run, the slot waits to be hot again. */
  compile(slot: number): void {
    const { text, budget, entries, hot, kept } = this.#host;
    const pc = text.base + (slot << text.slotShift);
    const module = kept.modules.get(pc);
    if (module !== undefined) this.#install(pc, module);
    else if (!budget.hasLeft) entries[slot] = hot >> 1;
    else this.#compile(pc);
  }

  #compile(entry: number): void {
    const { budget, kept } = this.#host;
    const { bytes, regions, blocks } = this.translate(entry);
    budget.spend(regions.reduce((sum, { region }) => sum + region.instructionCount, 0));
    const made: KeptModule = {
      module: new WebAssembly.Module(bytes),
      regions: regions.map(({ name, region }) => keptRegion(name, region)),
      blocks,
    };
    kept.modules.set(entry, made);
    this.#hasCompiled = true;
    this.#install(entry, made);
  }

  #install(entry: number, kept: KeptModule): void {
    const exports = this.#host.link(kept, this.#imports);
    const batch: Batch = { entry, slots: kept.regions.map(region => this.#slotOf(region.entry)) };
    kept.regions.forEach((region, i) => {
      this.#installRegion(batch, batch.slots[i]!, region, exports[region.name]!);
    });
  }

  #installRegion(batch: Batch, slot: number, { indirect }: KeptRegion, made: RegionFunction): void {
    this.#host.functions[slot] = made;
    this.#setElement(slot, made);
    this.#batchOf.set(slot, batch);
    this.#compiles.set(slot, (this.#compiles.get(slot) ?? 0) + 1);
    this.#jumps.own(indirect, batch);
  }
}

/** Slots, where the table has an element for each; else 0. */
export const tableLengthOf = (text: GuestText): number => (isLarge(text) ? 0 : text.slots);
