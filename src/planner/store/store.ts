// Artefacts by key: content under its own digest, and a record that names it, written last. Whatever was cut off in between is not
// there for a reader, and running again makes it.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import { HASHES } from '../fold/hash.ts';
import type { StoreFiles } from './files.ts';

const RECORD_KIND = 'jit-exec artefact';
const INDEX = 'index';
const OBJECTS = 'objects';
const PARTIAL = 'partial';

export interface StoredRecord {
  readonly key: string;
  /** What it is, for people. */
  readonly title: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface StoreCheck {
  readonly sound: readonly StoredRecord[];
  /** Records whose content is missing or another, or that are none. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
  /** Content that no record names, and what writers left behind. */
  readonly unused: readonly string[];
}

const digestOf = (bytes: Uint8Array): string => hexOf(HASHES.sha256(bytes));
const objectPath = (digest: string): string => `${OBJECTS}/${digest.slice(0, 2)}/${digest}`;
const recordPath = (key: string): string => `${INDEX}/${key}.json`;

export class Store {
  readonly #files: StoreFiles;
  readonly #digestOf: (bytes: Uint8Array) => string;
  /** Tells this writer's unfinished files from those of others. */
  readonly #writer: string;
  #written = 0;

  constructor(files: StoreFiles, writer: string) {
    this.#files = files;
    this.#digestOf = files.digest ?? digestOf;
    this.#writer = writer;
  }

  /** `key`: 64 hexadecimal digits. */
  put(key: string, title: string, bytes: Uint8Array): StoredRecord {
    const sha256 = this.#digestOf(bytes);
    const there = this.#files.read(objectPath(sha256));
    if (there === undefined || this.#digestOf(there) !== sha256) this.#place(objectPath(sha256), bytes);
    const record = { key, title, sha256, bytes: bytes.length };
    const text = JSON.stringify({ kind: RECORD_KIND, schema: 1, ...record });
    this.#place(recordPath(key), new TextEncoder().encode(`${text}\n`));
    return record;
  }

  #place(path: string, bytes: Uint8Array): void {
    const partial = `${PARTIAL}/${this.#writer}-${this.#written++}`;
    this.#files.write(partial, bytes);
    this.#files.rename(partial, path);
  }

  /** The content under a key, undefined where it is not there or not what its record says. */
  get(key: string): Uint8Array | undefined {
    const record = this.#record(recordPath(key));
    if (typeof record === 'string' || record?.key !== key) return undefined;
    const bytes = this.#files.read(objectPath(record.sha256));
    return bytes !== undefined && this.#digestOf(bytes) === record.sha256 ? bytes : undefined;
  }

  /** Whether there is a record; its content is not looked at. */
  has(key: string): boolean {
    return typeof this.#record(recordPath(key)) === 'object';
  }

  /** Removes a record and its content, which no other record may name. */
  drop(key: string): void {
    const record = this.#record(recordPath(key));
    this.#files.remove(recordPath(key));
    if (typeof record === 'object') this.#files.remove(objectPath(record.sha256));
  }

  /** A record, or why it is none; undefined where there is no file. */
  #record(path: string): StoredRecord | string | undefined {
    const bytes = this.#files.read(path);
    if (bytes === undefined) return undefined;
    let value: Readonly<Record<string, unknown>>;
    try {
      value = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return 'it is no JSON';
    }
    const { kind, schema, key, title, sha256, bytes: size } = value ?? {};
    if (kind !== RECORD_KIND) return 'it is no record of an artefact';
    if (schema !== 1) return `it has the unknown schema ${schema}`;
    const isDigest = (text: unknown): text is string => /^[\da-f]{64}$/.test(String(text));
    if (!isDigest(key) || !isDigest(sha256) || path !== recordPath(key)) return 'its key is not its name';
    if (!Number.isSafeInteger(size) || typeof title !== 'string') return 'it has no size or title';
    return { key, title, sha256, bytes: size as number };
  }

  list(): readonly StoredRecord[] {
    const records = this.#files.list(INDEX).map(path => this.#record(path));
    return records
      .filter(record => typeof record === 'object')
      .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : a.key < b.key ? -1 : 1));
  }

  /** Reads all there is. */
  verify(): StoreCheck {
    const sound: StoredRecord[] = [];
    const damaged: { path: string; reason: string }[] = [];
    for (const path of this.#files.list(INDEX)) {
      const record = this.#record(path);
      if (typeof record === 'string') damaged.push({ path, reason: record });
      if (typeof record !== 'object') continue;
      const reason = this.#reason(record);
      if (reason === undefined) sound.push(record);
      else damaged.push({ path, reason });
    }
    const named = new Set(sound.map(({ sha256 }) => objectPath(sha256)));
    const unused = this.#files.list(OBJECTS).filter(path => !named.has(path));
    return { sound, damaged, unused: [...unused, ...this.#files.list(PARTIAL)] };
  }

  #reason({ sha256 }: StoredRecord): string | undefined {
    const bytes = this.#files.read(objectPath(sha256));
    if (bytes === undefined) return `its content ${sha256} is missing`;
    const own = this.#digestOf(bytes);
    return own === sha256 ? undefined : `its content has the digest ${own}, not ${sha256}`;
  }

  /** Removes records that are damaged or not kept, then what nobody names. Gives how many files. */
  collect(keeps: (record: StoredRecord) => boolean): number {
    const { sound, damaged } = this.verify();
    const dropped = sound.filter(record => !keeps(record)).map(({ key }) => recordPath(key));
    const records = [...damaged.map(({ path }) => path), ...dropped];
    for (const path of records) this.#files.remove(path);
    const { unused } = this.verify();
    for (const path of unused) this.#files.remove(path);
    return records.length + unused.length;
  }
}

/** The key of what is made of these, in this order. */
export function keyOf(parts: readonly (string | number)[]): string {
  return digestOf(new TextEncoder().encode(JSON.stringify(parts)));
}

export const storeInvalid = (text: string): JitExecError => new JitExecError('STORE_INVALID', `store: ${text}`);
