// A set of doublewords of guest memory: a bit for each, by pages of 64 KiB of which any is in it.
// A page takes 1 KiB, so a set of all that a guest of 4 GiB touched takes 64 MiB; a JavaScript Set takes some 50 bytes a member.

import { PAGE_BYTES } from '../../../../../runtime/layout.ts';
import { sharedBuffer } from '../../../../../runtime/memory/shared-buffer.ts';

const DOUBLEWORD = 8;
const WORDS = PAGE_BYTES / DOUBLEWORD / 32;

/** The form in which a set goes to another thread. */
export interface PackedGranules {
  /** Numbers of pages, ascending by no rule. */
  readonly pages: Float64Array;
  /** Bits, page by page in that order. */
  readonly bits: Uint32Array;
}

export class GranuleSet {
  readonly #pages = new Map<number, Uint32Array>();
  #lastPage = -1;
  #lastBits: Uint32Array = new Uint32Array(0);
  size = 0;

  /** `address`: of a doubleword. */
  add(address: number): void {
    const page = Math.floor(address / PAGE_BYTES);
    if (page !== this.#lastPage) {
      this.#lastBits = this.#pageAt(page);
      this.#lastPage = page;
    }
    const bit = (address - page * PAGE_BYTES) / DOUBLEWORD;
    const before = this.#lastBits[bit >>> 5]!;
    const after = before | (1 << (bit & 31));
    if (before >>> 0 === after >>> 0) return;
    this.#lastBits[bit >>> 5] = after;
    this.size++;
  }

  #pageAt(page: number): Uint32Array {
    let bits = this.#pages.get(page);
    if (bits === undefined) {
      bits = new Uint32Array(WORDS);
      this.#pages.set(page, bits);
    }
    return bits;
  }

  addAll(addresses: Iterable<number>): void {
    for (const address of addresses) this.add(address);
  }

  has(address: number): boolean {
    const page = Math.floor(address / PAGE_BYTES);
    const bit = (address - page * PAGE_BYTES) / DOUBLEWORD;
    return (((this.#pages.get(page)?.[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  /** Those of another set too. */
  merge({ pages, bits }: PackedGranules): void {
    for (const [i, page] of pages.entries()) {
      const own = this.#pageAt(page);
      for (let word = 0; word < WORDS; word++) {
        const added = bits[i * WORDS + word]! & ~own[word]!;
        if (added === 0) continue;
        own[word]! |= added;
        this.size += bitsOf(added);
      }
    }
  }

  /** Bytes of the packed form. */
  get packedBytes(): number {
    return this.#pages.size * (DOUBLEWORD + 4 * WORDS);
  }

  pack(): PackedGranules {
    const count = this.#pages.size;
    const pages = new Float64Array(sharedBuffer(DOUBLEWORD * count));
    const bits = new Uint32Array(sharedBuffer(4 * WORDS * count));
    let i = 0;
    for (const [page, words] of this.#pages) {
      pages[i] = page;
      bits.set(words, i * WORDS);
      i++;
    }
    return { pages, bits };
  }

  /** All of them, ascending, in a list from its `at`th place on. */
  copyTo(list: Float64Array, at: number): void {
    let to = at;
    for (const page of Float64Array.from(this.#pages.keys()).sort()) {
      const bits = this.#pages.get(page)!;
      for (let word = 0; word < WORDS; word++) {
        const first = page * PAGE_BYTES + DOUBLEWORD * 32 * word;
        for (let rest = bits[word]!; rest !== 0; rest &= rest - 1)
          list[to++] = first + DOUBLEWORD * (31 - Math.clz32(rest & -rest));
      }
    }
  }

  [Symbol.iterator](): IterableIterator<number> {
    const list = new Float64Array(this.size);
    this.copyTo(list, 0);
    return list.values();
  }
}

function bitsOf(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
