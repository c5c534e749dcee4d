// What the runs of one program leave to the next: decoded slots, heat, compiled code, and what was learnt of jumps.

import type { RegionFunction } from '../../../runtime/abi.ts';
import type { WasmModule } from '../../../runtime/memory/wasm-types.ts';
import type { SlotTables } from '../slot-tables.ts';
import { type CodeExchange, type KeptModule, type KeptRegion, RegionModules } from './region-modules.ts';

/** A region on the JavaScript engine. */
export interface KeptText {
  readonly link: (abi: object) => RegionFunction;
  readonly stubs: number;
  readonly region: KeptRegion;
}

/** Code for one layout of memory and one instrumentation, by the address where it is entered. */
export interface KeptPlan {
  readonly modules: RegionModules;
  readonly texts: Map<number, KeptText>;
  /** Where indirect jumps went. */
  readonly targets: Map<number, Set<number>>;
  /** Accesses outside the window by place. */
  readonly strays: Map<number, number>;
  /** Elements of the function table by slot, in large programs. */
  readonly indices: Map<number, number>;
}

type PortablePlan = Omit<KeptPlan, 'texts' | 'modules'> & { readonly modules: Map<number, KeptModule> };

/** The same as data that can be sent to another thread. JavaScript is compiled there anew. */
export interface PortableCode {
  readonly interpreters: ReadonlyMap<string, WasmModule>;
  readonly plans: ReadonlyMap<string, PortablePlan>;
  readonly slots: Int32Array | undefined;
  readonly heat: Int32Array | undefined;
}

export const newPlan = (modules: RegionModules = new RegionModules()): KeptPlan => ({
  modules,
  texts: new Map(),
  targets: new Map(),
  strays: new Map(),
  indices: new Map(),
});

export class KeptCode {
  readonly #interpreters: Map<string, WasmModule>;
  readonly #plans: Map<string, KeptPlan>;
  readonly #exchange: CodeExchange | undefined;
  #slots: Int32Array | undefined;
  #heat: Int32Array | undefined;

  /** `exchange`: with other threads that run the same program. */
  constructor(portable?: PortableCode, exchange?: CodeExchange) {
    this.#exchange = exchange;
    this.#interpreters = new Map(portable?.interpreters);
    const plans = [...(portable?.plans ?? [])];
    this.#plans = new Map(
      plans.map(([key, plan]) => [key, { ...plan, texts: new Map(), modules: new RegionModules(plan.modules) }]),
    );
    this.#slots = portable?.slots;
    this.#heat = portable?.heat;
  }

  get portable(): PortableCode {
    const plans = [...this.#plans].map(
      ([key, { texts: _texts, modules, ...plan }]) => [key, { ...plan, modules: modules.all }] as const,
    );
    return { interpreters: this.#interpreters, plans: new Map(plans), slots: this.#slots, heat: this.#heat };
  }

  /** An interpreter by all that its bytes depend on. */
  interpreter(key: object, make: () => Uint8Array<ArrayBuffer>): WasmModule {
    const text = JSON.stringify(key);
    if (!this.#interpreters.has(text)) this.#receive();
    let module = this.#interpreters.get(text);
    if (module === undefined) {
      module = new WebAssembly.Module(make());
      this.#interpreters.set(text, module);
      this.#exchange?.give({ kind: 'interpreter', key: text, module });
    }
    return module;
  }

  /** What there is by all that compiled code depends on. */
  plan(key: object): KeptPlan {
    return this.#planOf(JSON.stringify(key));
  }

  #planOf(text: string): KeptPlan {
    let plan = this.#plans.get(text);
    if (plan === undefined) {
      const made: KeptPlan = newPlan(
        new RegionModules(
          new Map(),
          () => this.#receive(),
          // Of large programs modules have places in a table that is each thread's own.
          (entry, module) => made.indices.size === 0 && this.#give(text, entry, module),
        ),
      );
      plan = made;
      this.#plans.set(text, plan);
    }
    return plan;
  }

  #give(key: string, entry: number, made: KeptModule): void {
    this.#exchange?.give({ kind: 'regions', key, entry, made });
  }

  #receive(): void {
    for (const code of this.#exchange?.take() ?? []) {
      if (code.kind === 'interpreter') this.#interpreters.set(code.key, code.module);
      else this.#planOf(code.key).modules.all.set(code.entry, code.made);
    }
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
