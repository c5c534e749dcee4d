// Artefacts and jobs by key, as whoever makes them needs them: it is told keys, and knows nothing of the run.

import { JitExecError } from '../../../runtime/errors.ts';
import type { HashName } from '../fold/hash.ts';
import {
  type Artefact,
  type FoldFacts,
  readArtefact,
  readFacts,
  readStored,
  type ShardFacts,
  writeArtefact,
} from './artefact.ts';
import { foldOf } from './fold-run.ts';
import { type Store, storeInvalid } from './store.ts';

export class ArtefactStore {
  readonly store: Store;
  readonly hash: HashName;

  constructor(store: Store, hash: HashName) {
    this.store = store;
    this.hash = hash;
  }

  /** Undefined where there is none that is sound. */
  artefact(key: string): Artefact | undefined {
    return this.#read(key, bytes => readArtefact(bytes, this.hash, key.slice(0, 16)));
  }

  /** The same with the roots that it says: its content is what its record names. */
  stored(key: string): Artefact | undefined {
    return this.#read(key, bytes => readStored(bytes, key.slice(0, 16)));
  }

  /** What an artefact says of itself, where there is one with the content that its record names; whoever folds it reads its sets. */
  facts(key: string): ShardFacts | FoldFacts | undefined {
    return this.#read(key, bytes => readFacts(bytes, key.slice(0, 16)));
  }

  /**
   * The same where it is an artefact of that place, its sets those that its roots are of: what is not is as if it were not there, and
   * made anew.
   */
  sound(key: string, place: ArtefactPlace): ShardFacts | FoldFacts | undefined {
    const found = this.artefact(key)?.facts;
    return found !== undefined && isOf(found, place) ? found : undefined;
  }

  #read<T>(key: string, read: (bytes: Uint8Array) => T): T | undefined {
    const bytes = this.store.get(key);
    if (bytes === undefined) return undefined;
    try {
      return read(bytes);
    } catch (error) {
      if (error instanceof JitExecError && error.code === 'STORE_INVALID') return undefined;
      throw error;
    }
  }

  put(key: string, artefact: Artefact): void {
    this.store.put(key, titleOf(artefact.facts), writeArtefact(artefact));
  }

  /** The fold of what is under these keys, in order, under a key of its own; made once. @throws STORE_INVALID, NOT_CLOSED. */
  fold(key: string, children: readonly string[]): Artefact {
    const there = this.artefact(key);
    if (there !== undefined) return there;
    const found = children.map(child => {
      const artefact = this.artefact(child);
      if (artefact === undefined)
        throw storeInvalid(`the artefact ${child.slice(0, 16)} that is to be folded is not there`);
      return artefact;
    });
    const folded = foldOf(found, this.hash);
    this.put(key, folded);
    return folded;
  }
}

/** What of a shard its key says. */
export type ArtefactPlace = Pick<ShardFacts, 'kind' | 'clkStart' | 'clkEnd'>;

/** Whether they are of that shard, or of all pieces of it. */
function isOf(facts: ShardFacts | FoldFacts, { kind, clkStart, clkEnd }: ArtefactPlace): boolean {
  const span =
    facts.kind === 'fold' ? (kind === 'core' ? facts.span : undefined) : facts.kind === kind ? facts : undefined;
  return span?.clkStart === clkStart && span.clkEnd === clkEnd;
}

function titleOf(facts: ShardFacts | FoldFacts): string {
  if (facts.kind === 'fold') return `fold of ${facts.shards} shards, ${facts.cells} cells`;
  const place = facts.kind === 'core' ? `, clk ${facts.clkStart} to ${facts.clkEnd}` : '';
  return `${facts.kind} shard ${facts.index}${place}, ${facts.cells} cells`;
}
