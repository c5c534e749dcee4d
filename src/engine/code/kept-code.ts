// What the runs of one program leave to the next: decoded slots, heat, compiled code, and what was learnt of jumps.

import type { WasmModule } from '../../../runtime/memory/wasm-types.ts';
import type { SlotTables } from '../slot-tables.ts';
import { type JoinedCode, type KeptPlan, newPlan } from './kept-plan.ts';
import { type CodeExchange, type KeptModule, RegionModules } from './region-modules.ts';
import { type CodeStore, decodePlan, encodePlan } from './saved-plan.ts';

type PortablePlan = Omit<KeptPlan, 'texts' | 'modules'> & { readonly modules: Map<number, KeptModule> };

/** The same as data that can be sent to another thread. JavaScript is compiled there anew. */
export interface PortableCode {
  readonly interpreters: ReadonlyMap<string, WasmModule>;
  readonly plans: ReadonlyMap<string, PortablePlan>;
  readonly slots: Int32Array | undefined;
  readonly heat: Int32Array | undefined;
}

export interface CodePartners {
  /** Other threads that run the same program. */
  readonly exchange?: CodeExchange;
  /** Where other processes leave code of it, and take it from. */
  readonly store?: CodeStore;
}

export class KeptCode {
  readonly #interpreters: Map<string, WasmModule>;
  readonly #plans: Map<string, KeptPlan>;
  readonly #exchange: CodeExchange | undefined;
  readonly #store: CodeStore | undefined;
  #slots: Int32Array | undefined;
  #heat: Int32Array | undefined;

  constructor(portable?: PortableCode, { exchange, store }: CodePartners = {}) {
    this.#exchange = exchange;
    this.#store = store;
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
      const saved = this.#store?.load(text);
      const bytes = saved === undefined ? make() : new Uint8Array(saved);
      module = new WebAssembly.Module(bytes);
      if (saved === undefined) this.#store?.save(text, bytes);
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
          (entry, module) => this.#plans.get(text)!.indices.size === 0 && this.#give(text, entry, module),
        ),
      );
      const saved = this.#store?.load(text);
      plan = saved === undefined ? made : { ...made, ...decodePlan(saved) };
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

  /** Whether other processes are to have what this one compiles. */
  get isSaved(): boolean {
    return this.#store !== undefined;
  }

  /** For other processes. */
  save(key: object, joined: JoinedCode): void {
    this.#store?.save(JSON.stringify(key), encodePlan(this.plan(key), joined));
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
