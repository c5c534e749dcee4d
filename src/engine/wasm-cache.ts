// The function table of one run on the WebAssembly engine: which regions are compiled, in modules of several, and what
// compiling them again would gain. The counterpart of code-cache.ts.

import type { Program } from '../../codegen/program/program.ts';
import { isDecoded } from '../../codegen/program/slots.ts';
import type { Text } from '../../codegen/program/text.ts';
import { windowsOf } from '../../codegen/wasm/access.ts';
import { HOST } from '../../codegen/wasm/host-imports.ts';
import {
  type BatchOptions,
  type CompiledBatch,
  compileBatch,
  compileCold,
  type WasmPlan,
} from '../../codegen/wasm/region/compile.ts';
import { type Abi, ENTRY_WEIGHT, type RegionFunction, SLACK } from '../../runtime/abi.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { CacheAbi, CodeCacheOptions } from './code-cache.ts';
import { CompileBudget, isLarge, sizeOf } from './compile-budget.ts';
import { JumpProfile, slotOf } from './jump-profile.ts';
import { type KeptModule, type KeptPlan, keptRegion, newPlan } from './kept-code.ts';

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

/** What modules of regions take but `strayAt`, and what says where code is hot. */
export type WasmCacheAbi = CacheAbi & Omit<Abi<'wasmRegion'>, 'strayAt'>;

/** Regions that were compiled together, by slot. */
interface Batch {
  /** Where it was asked for. */
  readonly entry: number;
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
  readonly #coldElement: unknown;
  readonly #table: WebAssembly.Table;
  readonly #host: Abi<'wasmRegion'> & { readonly memory: WebAssembly.Memory; readonly table: WebAssembly.Table };
  readonly #budget: CompileBudget;
  /** What earlier runs have left, and this one will. */
  readonly #kept: KeptPlan;
  readonly #control: Int32Array;
  readonly #entries: Int32Array;
  readonly #slots: Int32Array;
  readonly #hot: number;
  readonly #jumps: JumpProfile<Batch>;
  readonly #batchOf = new Map<number, Batch>();
  readonly #compiles = new Map<number, number>();

  constructor(
    program: Program,
    text: Text,
    memory: GuestMemory,
    abi: WasmCacheAbi,
    cold: RegionFunction,
    { alignedOnly, instrumentation, executed, kept }: CodeCacheOptions,
  ) {
    if (memory.wasm === undefined) throw new Error('bug: the arena is no WebAssembly memory');
    this.#program = program;
    this.#text = text;
    this.#cold = cold;
    this.#control = memory.control;
    this.#entries = abi.H;
    this.#slots = abi.P;
    this.#hot = abi.HOT;
    this.#budget = new CompileBudget(executed, 1, sizeOf(text));
    this.#batchOptions = {
      maxInstructions: MAX_INSTRUCTIONS,
      batchInstructions: BATCH_INSTRUCTIONS,
      isFunctionStart: pc => this.#program.functionBefore(pc) === pc,
      seenTargets: pc => this.#jumps.targetsOf(pc),
      isReached: pc => !isLarge(this.#text) || isDecoded(this.#slots, this.#slotOf(pc)),
      wanted: pc => this.#isWanted(this.#slotOf(pc)),
      strays: pc => (this.#kept.strays.get(pc) ?? 0) >= STRAYS,
      tableIndexOf: pc => this.#indexOf(this.#slotOf(pc)),
    };
    this.functions = abi.F;
    this.#plan = {
      pages: memory.arena.pages,
      tableLength: isLarge(text) ? 0 : text.slots,
      window: {
        ...windowsOf(memory),
        alignedOnly,
      },
      instrumentation,
    };
    this.#kept = kept?.plan({ wasm: this.#plan }) ?? newPlan();
    this.#jumps = new JumpProfile(this.#kept.targets);
    const elements = this.#plan.tableLength || Math.max(FIRST_TABLE, this.#kept.indices.size);
    const module = kept?.interpreter({ cold: true }, compileCold) ?? new WebAssembly.Module(compileCold());
    const own = { coldAt: (depth: number) => this.#coldAt(depth) };
    this.#coldElement = new WebAssembly.Instance(module, { [HOST]: own }).exports.cold;
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: elements }, this.#coldElement);
    this.#host = {
      ...abi,
      memory: memory.wasm,
      table: this.#table,
      strayAt: (entry, depth) => this.#strayAt(entry >>> 0, depth),
    };
  }

  /** A large program's regions get elements as calls of them are compiled. */
  #indexOf(slot: number): number | undefined {
    if (this.#plan.tableLength > 0) return slot;
    const { indices } = this.#kept;
    let index = indices.get(slot);
    if (index === undefined && indices.size < MAX_TABLE) {
      index = indices.size;
      indices.set(slot, index);
      if (index >= this.#table.length) this.#table.grow(this.#table.length, this.#coldElement);
      if (this.functions[slot] !== this.#cold) this.#table.set(index, this.functions[slot]);
    }
    return index;
  }

  #setElement(slot: number, element: unknown): void {
    const index = this.#plan.tableLength > 0 ? slot : this.#kept.indices.get(slot);
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
      const strays = (this.#kept.strays.get(pc) ?? 0) + 1;
      this.#kept.strays.set(pc, strays);
      const batch = this.#batchOf.get(this.#slotOf(entry));
      if (strays % STRAYS === 0 && batch !== undefined) this.#drop(batch);
    }
    return this.#host.interpretHere(depth);
  }

  #drop(batch: Batch): void {
    this.#kept.modules.delete(batch.entry);
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
    const kept = this.#kept.modules.get(pc);
    if (kept !== undefined) this.#install(pc, kept);
    else if (!this.#budget.hasLeft) this.#entries[slot] = this.#hot >> 1;
    else this.#compile(pc);
  }

  #compile(entry: number): void {
    const { bytes, regions } = this.translate(entry);
    this.#budget.spend(regions.reduce((sum, { region }) => sum + region.instructionCount, 0));
    const made: KeptModule = {
      module: new WebAssembly.Module(bytes),
      regions: regions.map(({ name, region }) => keptRegion(name, region)),
    };
    this.#kept.modules.set(entry, made);
    this.#install(entry, made);
  }

  #install(entry: number, { module, regions }: KeptModule): void {
    const { exports } = new WebAssembly.Instance(module, { [HOST]: this.#host });
    const batch: Batch = { entry, slots: regions.map(region => this.#slotOf(region.entry)) };
    regions.forEach(({ name, indirect }, i) => {
      const slot = batch.slots[i]!;
      this.functions[slot] = exports[name] as RegionFunction;
      this.#setElement(slot, exports[name]);
      this.#batchOf.set(slot, batch);
      this.#compiles.set(slot, (this.#compiles.get(slot) ?? 0) + 1);
      this.#jumps.own(indirect, batch);
    });
  }
}
