// Modules of regions, and how threads of one program give each other what they compile.

import { indirectJumps, type Region } from '../../../codegen/region/region.ts';
import type { WasmModule } from '../../../runtime/memory/wasm-types.ts';

/** What the caches remember of a region that was compiled. */
export interface KeptRegion {
  readonly name: string;
  readonly entry: number;
  /** Addresses of its jumps to where the text does not say. */
  readonly indirect: readonly number[];
}

export const keptRegion = (name: string, region: Region): KeptRegion => ({
  name,
  entry: region.entryPc,
  indirect: indirectJumps(region),
});

/** A batch of regions on the WebAssembly engine. */
export interface KeptModule {
  readonly module: WasmModule;
  readonly regions: readonly KeptRegion[];
  /** Of a walk: blocks with counters, in their order. */
  readonly blocks?: readonly { readonly pc: number; readonly instructions: number }[] | undefined;
}

/** By what it depends on, as KeptCode names it. */
export type SharedCode =
  | { readonly kind: 'interpreter'; readonly key: string; readonly module: WasmModule }
  | { readonly kind: 'regions'; readonly key: string; readonly entry: number; readonly made: KeptModule };

export interface CodeExchange {
  /** What others have made since this was last asked. */
  take(): Iterable<SharedCode>;
  give(code: SharedCode): void;
}

/** Modules of regions by the address where they are entered: one's own, and those of others. */
export class RegionModules {
  readonly all: Map<number, KeptModule>;
  readonly #ask: () => void;
  readonly #tell: (entry: number, made: KeptModule) => void;

  constructor(
    all: Map<number, KeptModule> = new Map(),
    ask: () => void = () => undefined,
    tell: (entry: number, made: KeptModule) => void = () => undefined,
  ) {
    this.all = all;
    this.#ask = ask;
    this.#tell = tell;
  }

  get(entry: number): KeptModule | undefined {
    if (!this.all.has(entry)) this.#ask();
    return this.all.get(entry);
  }

  set(entry: number, made: KeptModule): void {
    this.all.set(entry, made);
    this.#tell(entry, made);
  }

  delete(entry: number): void {
    this.all.delete(entry);
  }
}
