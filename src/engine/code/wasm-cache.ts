// The compiled regions of one run on the WebAssembly engine. The counterpart of code-cache.ts.

import type { Program } from '../../../codegen/program/program.ts';
import { isDecoded } from '../../../codegen/program/slots.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import { windowsOf } from '../../../codegen/wasm/access.ts';
import { type CompiledBatch, compileBatch, compileCold, compileRegions } from '../../../codegen/wasm/region/compile.ts';
import type { RegionFunction } from '../../../runtime/abi.ts';
import type { Abi } from '../../../runtime/contract.ts';
import { instantiateRegions } from '../../../runtime/instantiate.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import type { CacheAbi, CodeCacheOptions } from './code-cache.ts';
import { CompileBudget, sizeOf } from './compile-budget.ts';
import { newPlan } from './kept-plan.ts';
import { RegionTable, type TableImports, tableLengthOf } from './region-table.ts';
import { bitsOf, hasBit } from './saved-plan.ts';

/** Fewer than run between two tests of the fuel, SLACK; V8 compiles functions of this size without a cliff. */
const LIMITS = { maxInstructions: 3500, batchInstructions: 3000 } as const;

/** What modules of regions take but what is the table's, and what says where code is hot. */
export type WasmCacheAbi = CacheAbi & Omit<Abi<'wasmRegion'>, keyof TableImports | 'memory'>;

export class WasmCache {
  /** By slot; everything not compiled is the function `cold`. */
  readonly functions: RegionFunction[];
  readonly #table: RegionTable;
  /** Gives other processes what this one has compiled. */
  readonly save: () => void;

  constructor(
    program: Program,
    text: GuestText,
    memory: GuestMemory,
    abi: WasmCacheAbi,
    cold: RegionFunction,
    { alignedOnly, instrumentation, executed, kept }: CodeCacheOptions,
  ) {
    const { wasm, arena, control } = memory;
    if (wasm === undefined) throw new Error('bug: the arena is no WebAssembly memory');
    this.functions = abi.F;
    const plan = {
      pages: arena.pages,
      tableLength: tableLengthOf(text),
      window: { ...windowsOf(memory), alignedOnly },
      instrumentation,
    };
    const keptPlan = kept?.plan({ wasm: plan }) ?? newPlan();
    const isReached = (slot: number): boolean => isDecoded(abi.P, slot) || hasBit(keptPlan.joined?.reached, slot);
    this.save = () => {
      const joined = kept?.isSaved ? this.#table.joined() : undefined;
      if (joined !== undefined) kept?.save({ wasm: plan }, { ...joined, reached: bitsOf(text.slots, isReached) });
    };
    this.#table = new RegionTable({
      program,
      text,
      control,
      functions: abi.F,
      cold,
      entries: abi.H,
      hot: abi.HOT,
      limits: LIMITS,
      budget: new CompileBudget(executed, 1, sizeOf(text)),
      kept: keptPlan,
      coldModule: kept?.interpreter({ cold: true }, compileCold) ?? new WebAssembly.Module(compileCold()),
      isReached,
      interpretHere: depth => abi.interpretHere(depth),
      compile: (entry, options) => compileBatch(program, text, plan, entry, options),
      join: (regions, options) => compileRegions(program, text, plan, regions, options),
      link: ({ module }, imports) => instantiateRegions<'wasmRegion'>(module, { ...abi, ...imports, memory: wasm }),
    });
  }

  seen(pc: number, target: number): void {
    this.#table.seen(pc, target);
  }

  missed(pc: number, target: number): void {
    this.#table.missed(pc, target);
  }

  /** The JavaScript engine's way to tell of exits; this one has `strayAt`. */
  strayed(_pc: number, _entry: number): void {}

  /** The module with the region that starts at `entry`. */
  translate(entry: number): CompiledBatch {
    return this.#table.translate(entry);
  }

  compile(slot: number): void {
    this.#table.compile(slot);
  }
}
