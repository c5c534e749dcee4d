// A value of a JSON document with its path, read with checks: what is not as expected is an error that names the place.

import { JitExecError } from '../../../runtime/errors.ts';
import { inverse, mul, P } from '../../../runtime/fields/baby-bear.ts';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { DIGEST_WORDS, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';

/** serde writes words in Montgomery form, x · 2^32. */
const FROM_MONTGOMERY = inverse(2 ** 32 % P);

export class JsonValue {
  readonly raw: unknown;
  readonly path: string;

  constructor(raw: unknown, path: string) {
    this.raw = raw;
    this.path = path;
  }

  wrong(expected: string): JitExecError {
    return new JitExecError('PROOF_INVALID', `${this.path}: expected ${expected}`);
  }

  get(name: string): JsonValue {
    if (!this.isObject() || !Object.hasOwn(this.raw as object, name)) throw this.wrong(`an object with ${name}`);
    return new JsonValue((this.raw as Record<string, unknown>)[name], `${this.path}.${name}`);
  }

  has(name: string): boolean {
    return this.isObject() && Object.hasOwn(this.raw as object, name);
  }

  isObject(): boolean {
    return typeof this.raw === 'object' && this.raw !== null && !Array.isArray(this.raw);
  }

  list<T>(element: (value: JsonValue) => T): T[] {
    if (!Array.isArray(this.raw)) throw this.wrong('a list');
    return this.raw.map((raw, i) => element(new JsonValue(raw, `${this.path}[${i}]`)));
  }

  /** Undefined for null. */
  optional<T>(read: (value: JsonValue) => T): T | undefined {
    return this.raw === null ? undefined : read(this);
  }

  below(limit: number): number {
    const { raw } = this;
    if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < 0 || raw >= limit)
      throw this.wrong(`a whole number below ${limit}`);
    return raw;
  }

  count(): number {
    return this.below(2 ** 32);
  }

  text(): string {
    if (typeof this.raw !== 'string') throw this.wrong('a text');
    return this.raw;
  }

  /** A field element. */
  word(): number {
    return mul(this.below(P), FROM_MONTGOMERY);
  }

  words(length: number): number[] {
    const words = this.list(value => value.word());
    if (words.length !== length) throw this.wrong(`${length} words`);
    return words;
  }

  digest(): TreeDigest {
    return this.get('value').words(DIGEST_WORDS);
  }

  extension(): Extension {
    return this.get('value').words(4) as unknown as Extension;
  }
}

/** @throws JitExecError PROOF_INVALID where it is not JSON. */
export function parseJson(text: string, what: string): JsonValue {
  try {
    return new JsonValue(JSON.parse(text), what);
  } catch (error) {
    throw new JitExecError('PROOF_INVALID', `${what}: not JSON: ${(error as Error).message}`, { cause: error });
  }
}
