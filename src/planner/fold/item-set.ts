// A set of items of 32 bytes as one sorted array: union and difference are merges, equality is that of bytes.

import { assert } from '../../../runtime/errors.ts';

export const ITEM_BYTES = 32;
const WORDS = ITEM_BYTES / 4;

export class ItemSet {
  /** Distinct, ascending as bytes. */
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Of items one behind the other, in any order and as often as they are there. */
  static of(items: Uint8Array): ItemSet {
    assert(items.length % ITEM_BYTES === 0, `${items.length} bytes are no whole items`);
    const words = bigEndianWords(items);
    const count = items.length / ITEM_BYTES;
    if (isAscending(words, count)) return new ItemSet(items.slice());
    const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(words, a, words, b));
    const sorted = new Uint8Array(items.length);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const item = order[i]!;
      if (i > 0 && compare(words, item, words, order[i - 1]!) === 0) continue;
      sorted.set(items.subarray(ITEM_BYTES * item, ITEM_BYTES * (item + 1)), end);
      end += ITEM_BYTES;
    }
    return new ItemSet(sorted.slice(0, end));
  }

  get size(): number {
    return this.bytes.length / ITEM_BYTES;
  }

  item(i: number): Uint8Array {
    return this.bytes.subarray(ITEM_BYTES * i, ITEM_BYTES * (i + 1));
  }

  union(other: ItemSet): ItemSet {
    return this.#merge(other, true, true, true);
  }

  /** Those that the other has not. */
  without(other: ItemSet): ItemSet {
    return this.#merge(other, true, false, false);
  }

  intersection(other: ItemSet): ItemSet {
    return this.#merge(other, false, true, false);
  }

  equals(other: ItemSet): boolean {
    return this.bytes.length === other.bytes.length && this.bytes.every((byte, i) => byte === other.bytes[i]);
  }

  /** Takes items that only this one has, that both have, that only the other has. */
  #merge(other: ItemSet, first: boolean, both: boolean, second: boolean): ItemSet {
    const [a, b] = [bigEndianWords(this.bytes), bigEndianWords(other.bytes)];
    const out = new Uint8Array(this.bytes.length + other.bytes.length);
    let end = 0;
    const take = (from: ItemSet, at: number): void => {
      out.set(from.item(at), end);
      end += ITEM_BYTES;
    };
    let [i, j] = [0, 0];
    while (i < this.size || j < other.size) {
      const order = j === other.size ? -1 : i === this.size ? 1 : compare(a, i, b, j);
      if (order <= 0 && (order < 0 ? first : both)) take(this, i);
      if (order > 0 && second) take(other, j);
      if (order <= 0) i++;
      if (order >= 0) j++;
    }
    return new ItemSet(out.slice(0, end));
  }
}

export const NO_ITEMS: ItemSet = ItemSet.of(new Uint8Array(0));

/** The bytes as words of which the first byte is the most significant, so that words compare as bytes do. */
function bigEndianWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, false));
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
