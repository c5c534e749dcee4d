// The bytes of one address space, zero until they are written, in pages that are made when they are.

import { assert } from '../errors.ts';

export const PAGE_SHIFT = 16;
const PAGE = 2 ** PAGE_SHIFT;
const IN_PAGE = PAGE - 1;

/** A page as bytes and as words of the same memory. */
export interface MemoryPage {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
}

function newPage(): MemoryPage {
  const i32 = new Int32Array(PAGE / 4);
  return { i32, u8: new Uint8Array(i32.buffer) };
}

export class LinearMemory {
  readonly size: number;
  /** Those that were written to. */
  readonly pages: (MemoryPage | undefined)[];
  /** Grows with each write. */
  revision = 0;

  constructor(size: number) {
    this.size = size;
    this.pages = new Array<MemoryPage | undefined>(Math.ceil(size / PAGE));
  }

  #check(offset: number, bytes: number): void {
    assert(offset >= 0 && offset + bytes <= this.size, `openvm: bytes ${offset} to ${offset + bytes} of ${this.size}`);
  }

  pageAt(offset: number): MemoryPage {
    const at = offset >>> PAGE_SHIFT;
    this.pages[at] ??= newPage();
    return this.pages[at];
  }

  read(offset: number, bytes: number): Uint8Array {
    this.#check(offset, bytes);
    const found = new Uint8Array(bytes);
    for (let i = 0; i < bytes; ) {
      const at = (offset + i) & IN_PAGE;
      const n = Math.min(bytes - i, PAGE - at);
      const page = this.pages[(offset + i) >>> PAGE_SHIFT];
      if (page !== undefined) found.set(page.u8.subarray(at, at + n), i);
      i += n;
    }
    return found;
  }

  write(offset: number, values: Uint8Array): void {
    this.#check(offset, values.length);
    this.revision++;
    for (let i = 0; i < values.length; ) {
      const at = (offset + i) & IN_PAGE;
      const n = Math.min(values.length - i, PAGE - at);
      this.pageAt(offset + i).u8.set(values.subarray(i, i + n), at);
      i += n;
    }
  }

  /** The word at a multiple of 4. */
  word(offset: number): number {
    const page = this.pages[offset >>> PAGE_SHIFT];
    return page === undefined ? 0 : page.i32[(offset & IN_PAGE) >>> 2]!;
  }

  setWord(offset: number, value: number): void {
    this.revision++;
    this.pageAt(offset).i32[(offset & IN_PAGE) >>> 2] = value;
  }

  clear(): void {
    this.revision++;
    this.pages.fill(undefined);
  }
}
