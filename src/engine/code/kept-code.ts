// What the runs of one program leave to the next: decoded slots, heat, compiled code, and what was learnt of jumps.

import type { Region } from '../../../codegen/region/region.ts';
import { indirectJumps } from '../../../codegen/region/region.ts';
import type { RegionFunction } from '../../../runtime/abi.ts';
import type { WasmModule } from '../../../runtime/memory/wasm-types.ts';
import type { SlotTables } from '../slot-tables.ts';

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

/** A region on the JavaScript engine. */
export interface KeptText {
  readonly link: (abi: object) => RegionFunction;
  readonly stubs: number;
  readonly region: KeptRegion;
}

/** Code for one layout of memory and one instrumentation, by the address where it is entered. */
export interface KeptPlan {
  readonly modules: Map<number, KeptModule>;
  readonly texts: Map<number, KeptText>;
  /** Where indirect jumps went. */
  readonly targets: Map<number, Set<number>>;
  /** Accesses outside the window by place. */
  readonly strays: Map<number, number>;
  /** Elements of the function table by slot, in large programs. */
  readonly indices: Map<number, number>;
}

/** The same as data that can be sent to another thread. JavaScript is compiled there anew. */
export interface PortableCode {
  readonly interpreters: ReadonlyMap<string, WasmModule>;
  readonly plans: ReadonlyMap<string, Omit<KeptPlan, 'texts'>>;
  readonly slots: Int32Array | undefined;
  readonly heat: Int32Array | undefined;
}

export const newPlan = (): KeptPlan => ({
  modules: new Map(),
  texts: new Map(),
  targets: new Map(),
  strays: new Map(),
  indices: new Map(),
});

export class KeptCode {
  readonly #interpreters: Map<string, WasmModule>;
  readonly #plans: Map<string, KeptPlan>;
  #slots: Int32Array | undefined;
  #heat: Int32Array | undefined;

  constructor(portable?: PortableCode) {
    this.#interpreters = new Map(portable?.interpreters);
    this.#plans = new Map([...(portable?.plans ?? [])].map(([key, plan]) => [key, { ...plan, texts: new Map() }]));
    this.#slots = portable?.slots;
    this.#heat = portable?.heat;
  }

  get portable(): PortableCode {
    const plans = [...this.#plans].map(([key, { texts: _texts, ...plan }]) => [key, plan] as const);
    return { interpreters: this.#interpreters, plans: new Map(plans), slots: this.#slots, heat: this.#heat };
  }

  /** An interpreter by all that its bytes depend on. */
  interpreter(key: object, make: () => Uint8Array<ArrayBuffer>): WasmModule {
    const text = JSON.stringify(key);
    let module = this.#interpreters.get(text);
    if (module === undefined) {
      module = new WebAssembly.Module(make());
      this.#interpreters.set(text, module);
    }
    return module;
  }

  /** What there is by all that compiled code depends on. */
  plan(key: object): KeptPlan {
    const text = JSON.stringify(key);
    let plan = this.#plans.get(text);
    if (plan === undefined) {
      plan = newPlan();
      this.#plans.set(text, plan);
    }
    return plan;
  }

  /** Before a run: what was decoded, and how hot it became. */
  restore({ slots, entries }: SlotTables): void {
    if (this.#slots !== undefined) slots.set(this.#slots);
    if (this.#heat !== undefined) entries.set(this.#heat);
  }

  /** After it. */
  keep({ slots, entries }: SlotTables): void {
    this.#slots = slots.slice();
    this.#heat = entries.slice();
  }
}
