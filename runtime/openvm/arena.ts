// Where records go: bytes with a bound that is checked. Reference: openvm:crates/vm/src/arch/record_arena.rs, v1.4.0.

import { JitExecError } from '../errors.ts';

const nextPowerOfTwo = (n: number): number => (n === 0 ? 0 : 2 ** Math.ceil(Math.log2(n)));

const full = (name: string, has: number, needed: number): JitExecError =>
  new JitExecError('USAGE', `TraceBufferOutOfBounds: the arena of ${name} has ${has} bytes, ${needed} are needed`);

/** Records one after the other. Upstream's starts at a multiple of 32 of its memory; this one at 0 of its own. */
export class DenseRecordArena {
  readonly name: string;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly view: DataView;
  /** Bytes that are taken. */
  used = 0;

  constructor(name: string, capacity: number) {
    this.name = name;
    const buffer = new ArrayBuffer(Math.ceil(capacity / 4) * 4);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.view = new DataView(buffer);
  }

  get capacity(): number {
    return this.u8.length;
  }

  /** Room for so many bytes, a multiple of 4: where it is. @throws USAGE where there is none */
  alloc(bytes: number): number {
    const at = this.used;
    if (at + bytes > this.u8.length) throw full(this.name, this.u8.length, at + bytes);
    this.used = at + bytes;
    return at;
  }

  /** What was recorded. */
  get allocated(): Uint8Array {
    return this.u8.subarray(0, this.used);
  }

  /** Forgets the records; the next ones find zeros. */
  reset(): void {
    this.u8.fill(0, 0, this.used);
    this.used = 0;
  }
}

/** Rows of a matrix, in the bytes of each of which its record stands: `width` words a row, a power of two of rows. */
export class MatrixRecordArena {
  readonly name: string;
  readonly width: number;
  readonly #canTruncate: boolean;
  readonly words: Uint32Array;
  rows = 0;

  /** `canTruncate`: what is not used at the end may be left out. */
  constructor(name: string, height: number, width: number, canTruncate = true) {
    this.name = name;
    this.width = width;
    this.#canTruncate = canTruncate;
    this.words = new Uint32Array(nextPowerOfTwo(height) * width);
  }

  /** The bytes of so many rows. @throws USAGE where there are fewer */
  alloc(rows: number): Uint8Array {
    const start = 4 * this.rows * this.width;
    const bytes = 4 * rows * this.width;
    if (start + bytes > this.words.byteLength) throw full(this.name, this.words.byteLength, start + bytes);
    this.rows += rows;
    return new Uint8Array(this.words.buffer, start, bytes);
  }

  /** Rows with padding: a power of two, of those that were taken or, where it must not be truncated, of all. */
  get height(): number {
    return this.#canTruncate ? nextPowerOfTwo(this.rows) : this.words.length / this.width;
  }

  get matrix(): Uint32Array {
    return this.words.subarray(0, this.height * this.width);
  }
}
