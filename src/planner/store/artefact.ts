// What is kept of a shard: where it begins and ends, its tables by digest, and the sets of memory tuples that it vouches for and assumes.

import { ByteReader, ByteWriter } from '../bytes.ts';
import { claimOf, type OpenClaim } from '../fold/claim.ts';
import type { HashName } from '../fold/hash.ts';
import { ITEM_BYTES, ItemSet } from '../fold/item-set.ts';
import { storeInvalid } from './store.ts';

const MAGIC = 'JXARTE\0\0';
const VERSION = 1;

export interface ShardFacts {
  readonly index: number;
  readonly kind: 'core' | 'precompile' | 'memory';
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly pcStart: number;
  readonly pcEnd: number;
  readonly cells: number;
  readonly chips: readonly {
    readonly name: string;
    readonly rows: number;
    readonly realRows: number;
    readonly sha256: string;
  }[];
}

/** Where core shards that follow one another begin and end. */
export interface ShardSpan {
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly pcStart: number;
  readonly pcEnd: number;
}

/** Of a fold: how many shards are below it, and where those of them are that are core shards. */
export interface FoldFacts {
  readonly kind: 'fold';
  readonly shards: number;
  readonly cells: number;
  readonly span: ShardSpan | undefined;
}

export interface Artefact<F extends ShardFacts | FoldFacts = ShardFacts | FoldFacts> {
  readonly facts: F;
  readonly claim: OpenClaim;
}

/** Undefined where there is no core shard in it. */
export function spanOf({ facts }: Artefact): ShardSpan | undefined {
  return facts.kind === 'fold' ? facts.span : facts.kind === 'core' ? facts : undefined;
}

export function writeArtefact({ facts, claim }: Artefact): Uint8Array<ArrayBuffer> {
  const write = new ByteWriter();
  write.latin1(MAGIC);
  write.u32(VERSION);
  write.text(JSON.stringify(facts));
  for (const [set, root] of [
    [claim.subjects, claim.subjectRoot],
    [claim.assumptions, claim.assumptionRoot],
  ] as const) {
    write.bytes(root);
    write.u32(set.size);
    write.bytes(set.bytes);
  }
  return write.all;
}

/** What it says of itself, its sets unread. @throws STORE_INVALID. */
export function readFacts(bytes: Uint8Array, name = 'artefact'): ShardFacts | FoldFacts {
  return factsIn(new ByteReader(bytes, 'STORE_INVALID', 'artefact', name), name);
}

function factsIn(read: ByteReader, name: string): ShardFacts | FoldFacts {
  read.magic(MAGIC);
  const version = read.u32('version');
  if (version !== VERSION) throw read.invalid(`version ${VERSION}`, version);
  try {
    return JSON.parse(read.text('facts')) as ShardFacts | FoldFacts;
  } catch (error) {
    throw storeInvalid(`${(error as Error).message} in ${name}`);
  }
}

/** With the roots that it says, which nobody has compared with its sets. @throws STORE_INVALID. */
export function readStored(bytes: Uint8Array, name = 'artefact'): Artefact {
  const read = new ByteReader(bytes, 'STORE_INVALID', 'artefact', name);
  const facts = factsIn(read, name);
  const set = (): { readonly root: Uint8Array; readonly items: ItemSet } => {
    const root = read.bytes(ITEM_BYTES, 'root');
    const items = ItemSet.of(read.bytes(ITEM_BYTES * read.length('items', ITEM_BYTES), 'items'));
    return { root, items };
  };
  const [subjects, assumptions] = [set(), set()];
  read.end();
  const sets = { subjects: subjects.items, assumptions: assumptions.items };
  return { facts, claim: { ...sets, subjectRoot: subjects.root, assumptionRoot: assumptions.root } };
}

/** Roots are computed again from the sets. @throws STORE_INVALID. */
export function readArtefact(bytes: Uint8Array, hash: HashName, name = 'artefact'): Artefact {
  const { facts, claim: stated } = readStored(bytes, name);
  const claim = claimOf(stated.subjects, stated.assumptions, hash);
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
  if (!isSame(claim.subjectRoot, stated.subjectRoot) || !isSame(claim.assumptionRoot, stated.assumptionRoot))
    throw storeInvalid(`the roots of ${name} are not those of its sets`);
  return { facts, claim };
}
