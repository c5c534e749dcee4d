// The artefacts of one planned run in a store: their keys, and the record that says which there are.

import type { HashName } from '../fold/hash.ts';
import type { ReadRunPlan } from '../run/plan-file.ts';
import type { Artefact, ShardFacts } from './artefact.ts';
import type { ArtefactStore } from './artefact-store.ts';
import { foldPlanOf } from './fold-run.ts';
import { keyOf, storeInvalid } from './store.ts';

const FORMAT = 2;

export interface RecordedShard {
  readonly index: number;
  readonly kind: ShardFacts['kind'];
  readonly key: string;
}

export interface RunRecord {
  readonly shards: readonly RecordedShard[];
}

/** What decides shards besides the plan. */
export interface RunCuts {
  readonly elements: number;
  readonly height: number;
}

/** What a key is made of, of a shard. */
export interface KeyedShard extends Pick<ShardFacts, 'index' | 'kind' | 'clkStart' | 'clkEnd'> {
  /** Its public values have what the whole run commits to. */
  readonly commits: boolean;
}

/** A fold by its key and those of its children. */
export interface KeyedFold {
  readonly key: string;
  readonly children: readonly string[];
}

/** What all keys of a run begin with: `version` is that of the program that makes the artefacts. */
export interface KeyBase {
  readonly program: string;
  readonly config: string;
  readonly hash: HashName;
  readonly version: string;
}

const partsOf = ({ version, program, config, hash }: KeyBase): readonly (string | number)[] => [
  ...['jit-exec artefact', FORMAT, version, program, config, hash],
];

/** Of a core shard that commits to nothing, by what the guest was given up to its end. */
export const coreKey = (base: KeyBase, clkStart: number, clkEnd: number, tape: string): string =>
  keyOf([...partsOf(base), 'core', clkStart, clkEnd, tape]);

export class RunArtefacts {
  readonly kept: ArtefactStore;
  readonly #plan: ReadRunPlan;
  readonly #cuts: RunCuts;
  readonly #keys: KeyBase;
  readonly #base: readonly (string | number)[];

  /** `version`: of the program that makes the artefacts. */
  constructor(kept: ArtefactStore, plan: ReadRunPlan, version: string, cuts: RunCuts) {
    this.kept = kept;
    this.#plan = plan;
    this.#cuts = cuts;
    this.#keys = { program: plan.program, config: plan.config, hash: kept.hash, version };
    this.#base = partsOf(this.#keys);
  }

  /** Of a core shard by what the guest was given up to its end; of another by the whole run and how it was cut. */
  keyOfShard({ index, kind, clkStart, clkEnd, commits }: KeyedShard): string {
    const tape = this.#plan.shards.find(shard => shard.clkEnd >= clkEnd)?.tape;
    if (kind !== 'core') return keyOf([...this.#run, kind, index]);
    if (commits || tape === undefined) return keyOf([...this.#base, ...this.#plan.inputs, kind, clkStart, clkEnd]);
    return coreKey(this.#keys, clkStart, clkEnd, tape);
  }

  get #run(): readonly (string | number)[] {
    const { elements, height } = this.#cuts;
    const ends = this.#plan.shards.map(({ clkEnd }) => clkEnd);
    return [...this.#base, ...this.#plan.inputs, elements, height, ...ends];
  }

  get #recordKey(): string {
    return keyOf([...this.#run, 'run']);
  }

  putRecord(record: RunRecord): void {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    const title = `${this.#plan.program.slice(0, 12)} run, ${record.shards.length} shards`;
    this.kept.store.put(this.#recordKey, title, bytes);
  }

  /** The shards of the run where it is known which there are. */
  record(): RunRecord | undefined {
    const bytes = this.kept.store.get(this.#recordKey);
    if (bytes === undefined) return undefined;
    const record = JSON.parse(new TextDecoder().decode(bytes)) as RunRecord;
    if (!Array.isArray(record?.shards)) throw storeInvalid('a record of a run has no shards');
    return record;
  }

  /** All artefacts of the run, undefined where one is missing. */
  all(): readonly Artefact[] | undefined {
    const found = this.record()?.shards.map(({ key }) => this.kept.artefact(key));
    return found?.every(artefact => artefact !== undefined) ? (found as Artefact[]) : undefined;
  }

  /** The folds over the shards of a record, each behind those that it folds; the last is the root. */
  folds({ shards }: RunRecord, arity: number): readonly KeyedFold[] {
    const keys: string[] = [];
    const folds: KeyedFold[] = [];
    for (const op of foldPlanOf(shards.length, arity)) {
      if (op.kind === 'leaf') {
        keys.push(shards[op.shard]!.key);
        continue;
      }
      const children = op.children.map(child => keys[child]!);
      const key = keyOf([...this.#base, 'fold', ...children]);
      keys.push(key);
      folds.push({ key, children });
    }
    return folds;
  }
}
