// A set of items of 32 bytes as one sorted array: union and difference are merges, equality is that of bytes.

import { assert } from '../../../runtime/errors.ts';

export const ITEM_BYTES = 32;
const WORDS = ITEM_BYTES / 4;

export class ItemSet {
  /** Distinct items, ascending: 8 words each, of which the first byte is the most significant, so that words compare as bytes do. */
  readonly words: Uint32Array;
  #bytes: Uint8Array | undefined;

  private constructor(words: Uint32Array, bytes?: Uint8Array) {
    this.words = words;
    this.#bytes = bytes;
  }

  /** Of items one behind the other, in any order and as often as they are there. */
  static of(items: Uint8Array): ItemSet {
    assert(items.length % ITEM_BYTES === 0, `${items.length} bytes are no whole items`);
    const words = bigEndianWords(items);
    const count = items.length / ITEM_BYTES;
    if (isAscending(words, count)) return new ItemSet(words, items.slice());
    const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(words, a, words, b));
    const sorted = new Uint32Array(words.length);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const item = order[i]!;
      if (i > 0 && compare(words, item, words, order[i - 1]!) === 0) continue;
      for (let word = 0; word < WORDS; word++) sorted[end++] = words[WORDS * item + word]!;
    }
    return new ItemSet(sorted.slice(0, end));
  }

  get size(): number {
    return this.words.length / WORDS;
  }

  /** One behind the other. */
  get bytes(): Uint8Array {
    this.#bytes ??= bytesOf(this.words);
    return this.#bytes;
  }

  item(i: number): Uint8Array {
    return this.bytes.subarray(ITEM_BYTES * i, ITEM_BYTES * (i + 1));
  }

  union(other: ItemSet): ItemSet {
    if (this.size === 0) return other;
    return other.size === 0 ? this : this.#merge(other, true, true, true);
  }

  /** Those that the other has not. */
  without(other: ItemSet): ItemSet {
    return this.#merge(other, true, false, false);
  }

  intersection(other: ItemSet): ItemSet {
    return this.#merge(other, false, true, false);
  }

  /** Those of which the predicate holds: it is told the words of all, and where those of one begin. */
  filter(predicate: (words: Uint32Array, at: number) => boolean): ItemSet {
    const out = new Uint32Array(this.words.length);
    let end = 0;
    for (let at = 0; at < this.words.length; at += WORDS) {
      if (!predicate(this.words, at)) continue;
      for (let word = 0; word < WORDS; word++) out[end++] = this.words[at + word]!;
    }
    return new ItemSet(out.slice(0, end));
  }

  equals(other: ItemSet): boolean {
    return this.words.length === other.words.length && this.words.every((word, i) => word === other.words[i]);
  }

  /** Takes items that only this one has, that both have, that only the other has. */
  #merge(other: ItemSet, first: boolean, both: boolean, second: boolean): ItemSet {
    const [a, b] = [this.words, other.words];
    const out = new Uint32Array(a.length + (second ? b.length : 0));
    let [i, j, end] = [0, 0, 0];
    while (i < a.length || j < b.length) {
      const order = j === b.length ? -1 : i === a.length ? 1 : compare(a, i / WORDS, b, j / WORDS);
      if (order > 0 ? second : order < 0 ? first : both) {
        const [from, at] = order > 0 ? [b, j] : [a, i];
        for (let word = 0; word < WORDS; word++) out[end++] = from[at + word]!;
      }
      if (order <= 0) i += WORDS;
      if (order >= 0) j += WORDS;
    }
    return new ItemSet(out.slice(0, end));
  }
}

export const NO_ITEMS: ItemSet = ItemSet.of(new Uint8Array(0));

function bigEndianWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * i, false);
  return words;
}

function bytesOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!, false);
  return bytes;
}

function isAscending(words: Uint32Array, count: number): boolean {
  for (let item = 1; item < count; item++) if (compare(words, item - 1, words, item) >= 0) return false;
  return true;
}

function compare(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  for (let word = 0; word < WORDS; word++) {
    const difference = a[WORDS * i + word]! - b[WORDS * j + word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
