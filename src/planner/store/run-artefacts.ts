// The artefacts of one planned run in a store: their keys, and the record that says which there are.

import { JitExecError } from '../../../runtime/errors.ts';
import type { HashName } from '../fold/hash.ts';
import type { ReadRunPlan } from '../run/plan-file.ts';
import { type Artefact, readArtefact, type ShardFacts, writeArtefact } from './artefact.ts';
import { keyOf, type Store, storeInvalid } from './store.ts';

const FORMAT = 1;

export interface RunRecord {
  readonly shards: readonly { readonly index: number; readonly kind: ShardFacts['kind']; readonly key: string }[];
}

export class RunArtefacts {
  readonly #store: Store;
  readonly #plan: ReadRunPlan;
  readonly #hash: HashName;
  readonly #base: readonly (string | number)[];

  /** `version`: of the program that makes the artefacts. */
  constructor(store: Store, plan: ReadRunPlan, version: string, hash: HashName) {
    this.#store = store;
    this.#plan = plan;
    this.#hash = hash;
    this.#base = ['jit-exec artefact', FORMAT, version, plan.program, plan.config, hash];
  }

  /** Of a core shard by what the guest was given up to its end; of another by the whole run and how it was cut. */
  keyOfShard({ index, kind }: Pick<ShardFacts, 'index' | 'kind'>): string {
    const core = kind === 'core' ? this.#plan.shards[index] : undefined;
    if (core !== undefined) return keyOf([...this.#base, kind, index, core.clkStart, core.clkEnd, core.tape]);
    return keyOf([...this.#run, kind, index]);
  }

  get #run(): readonly (string | number)[] {
    return [...this.#base, ...this.#plan.inputs, ...this.#plan.shards.map(({ clkEnd }) => clkEnd)];
  }

  /** Undefined where there is none that is sound. */
  artefact(key: string): Artefact | undefined {
    const bytes = this.#store.get(key);
    if (bytes === undefined) return undefined;
    try {
      return readArtefact(bytes, this.#hash, key.slice(0, 16));
    } catch (error) {
      if (error instanceof JitExecError && error.code === 'STORE_INVALID') return undefined;
      throw error;
    }
  }

  put(artefact: Artefact): string {
    const { index, kind, clkStart, clkEnd } = artefact.facts;
    const key = this.keyOfShard(artefact.facts);
    const title = `${this.#plan.program.slice(0, 12)} ${kind} shard ${index}, clk ${clkStart} to ${clkEnd}`;
    this.#store.put(key, title, writeArtefact(artefact));
    return key;
  }

  get #recordKey(): string {
    return keyOf([...this.#run, 'run']);
  }

  putRecord(record: RunRecord): void {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    this.#store.put(this.#recordKey, `${this.#plan.program.slice(0, 12)} run, ${record.shards.length} shards`, bytes);
  }

  /** The shards of the run where it is known which there are. */
  record(): RunRecord | undefined {
    const bytes = this.#store.get(this.#recordKey);
    if (bytes === undefined) return undefined;
    const record = JSON.parse(new TextDecoder().decode(bytes)) as RunRecord;
    if (!Array.isArray(record?.shards)) throw storeInvalid('a record of a run has no shards');
    return record;
  }

  /** All artefacts of the run, undefined where one is missing. */
  all(): readonly Artefact[] | undefined {
    const found = this.record()?.shards.map(({ key }) => this.artefact(key));
    return found?.every(artefact => artefact !== undefined) ? (found as Artefact[]) : undefined;
  }
}
