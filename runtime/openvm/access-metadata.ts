// When each block of an address space was last accessed, and how large it is: an entry for every min block, in pages.
//
//   word   bits 0..28 timestamp │ 29..31 size: 0 untouched, else log2 of its cells plus 1
//   offset distance to the block's first entry, 0 there; other entries of a block have the word 0

import { assert } from '../errors.ts';
import { TIMESTAMP_BITS } from './address-spaces.ts';

const ENTRIES_SHIFT = 12;
const ENTRIES = 2 ** ENTRIES_SHIFT;
export const TIME_MASK: number = 2 ** TIMESTAMP_BITS - 1;
export const SIZE_SHIFT: number = TIMESTAMP_BITS;

export interface MetadataPage {
  /** Of Int32, so that V8 keeps them small. */
  readonly words: Int32Array;
  readonly offsets: Uint8Array;
}

export interface AccessBlock {
  readonly pointer: number;
  readonly cells: number;
  readonly timestamp: number;
}

export class AccessMetadata {
  readonly align: number;
  readonly entries: number;
  readonly pages: (MetadataPage | undefined)[];

  /** For so many cells in blocks of at least `align`. */
  constructor(cells: number, align: number) {
    this.align = align;
    this.entries = Math.ceil(cells / align);
    this.pages = new Array<MetadataPage | undefined>(Math.ceil(this.entries / ENTRIES));
  }

  /** The page of an entry, which is made where there is none. */
  pageOf(entry: number): MetadataPage {
    assert(entry >= 0 && entry < this.entries, `openvm: block ${entry} of ${this.entries}`);
    const at = entry >>> ENTRIES_SHIFT;
    this.pages[at] ??= { words: new Int32Array(ENTRIES), offsets: new Uint8Array(ENTRIES) };
    return this.pages[at]!;
  }

  word(entry: number): number {
    assert(entry >= 0 && entry < this.entries, `openvm: block ${entry} of ${this.entries}`);
    return this.pages[entry >>> ENTRIES_SHIFT]?.words[entry & (ENTRIES - 1)] ?? 0;
  }

  offset(entry: number): number {
    return this.pages[entry >>> ENTRIES_SHIFT]?.offsets[entry & (ENTRIES - 1)] ?? 0;
  }

  /** Sets an entry, in the page that is made for it. */
  set(entry: number, word: number, offset: number): void {
    const page = this.pageOf(entry);
    page.words[entry & (ENTRIES - 1)] = word;
    page.offsets[entry & (ENTRIES - 1)] = offset;
  }

  /** The block that a cell is in; of no cells where it is untouched. */
  blockAt(pointer: number): AccessBlock {
    const entry = Math.floor(pointer / this.align);
    const first = entry - this.offset(entry);
    return blockOf(this.word(first), first * this.align);
  }

  setBlock(pointer: number, cells: number, timestamp: number): void {
    const first = pointer / this.align;
    this.set(first, blockWord(cells, timestamp), 0);
    for (let i = 1; i < cells / this.align; i++) this.set(first + i, 0, i);
  }

  /** Touched blocks, by address. */
  *blocks(): Generator<AccessBlock> {
    for (let n = 0; n < this.pages.length; n++) {
      const page = this.pages[n];
      if (page === undefined) continue;
      for (let i = 0; i < ENTRIES; i++)
        if (page.words[i] !== 0 && page.offsets[i] === 0) yield blockOf(page.words[i]!, (n * ENTRIES + i) * this.align);
    }
  }
}

/** The word of a block's first entry. */
export const blockWord = (cells: number, timestamp: number): number =>
  timestamp | ((Math.log2(cells) + 1) << SIZE_SHIFT) | 0;

function blockOf(word: number, pointer: number): AccessBlock {
  const code = word >>> SIZE_SHIFT;
  return { pointer, cells: code === 0 ? 0 : 2 ** (code - 1), timestamp: word & TIME_MASK };
}
