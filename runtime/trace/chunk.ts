// Reads a trace chunk: the raw form of either layout, and the serialised form (bincode 1.3: fixed-width little-endian
// integers, u64 lengths), which has neither the number of entries twice nor the cumulative clock.
// Reference: minimal trace of SP1 6.4, sp1:crates/core/jit/src/risc.rs.

import { assert, JitExecError } from '../errors.ts';
import { ENTRY_BYTES } from '../layout.ts';
import { CHUNK_HEADER, CHUNK_HEADER_BYTES, type ChunkLayout } from './chunk-layout.ts';

const REGISTERS = 32;
/** Registers, pcStart, clkStart, clkEnd, number of entries. */
const SERIALISED_HEADER_BYTES = 8 * (REGISTERS + 4);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A doubleword as it was before an access. */
export interface MemRead {
  readonly clk: bigint;
  readonly value: bigint;
}

/** The fields before the entries. */
export interface ChunkHeader {
  /** x0 … x31; x0 is zero. */
  readonly startRegisters: BigUint64Array;
  readonly pcStart: number;
  readonly clkStart: number;
  /** clk of the next instruction. */
  readonly clkEnd: number;
  readonly numMemReads: number;
  /** Instructions since the start of the program; undefined where the form does not say (6.0, serialised). */
  readonly globalClkEnd: number | undefined;
}

/** Walks over a chunk's entries. Nothing outside them is ever read. */
export class MemReads implements IterableIterator<MemRead> {
  readonly #view: DataView;
  #next = 0;
  readonly #count: number;

  constructor(entries: Uint8Array) {
    assert(entries.length % ENTRY_BYTES === 0, `${entries.length} bytes are no whole entries`);
    this.#view = new DataView(entries.buffer, entries.byteOffset, entries.length);
    this.#count = entries.length / ENTRY_BYTES;
  }

  /** Entries not yet read. */
  get remaining(): number {
    return this.#count - this.#next;
  }

  next(): IteratorResult<MemRead, undefined> {
    if (this.remaining === 0) return { done: true, value: undefined };
    const at = ENTRY_BYTES * this.#next++;
    const clk = this.#view.getBigUint64(at, true);
    return { done: false, value: { clk, value: this.#view.getBigUint64(at + 8, true) } };
  }

  /** Skips n entries. Throws TRACE_INVALID where there are not so many. */
  advance(n: number): void {
    if (!Number.isInteger(n) || n < 0 || n > this.remaining) {
      throw new JitExecError('TRACE_INVALID', `chunk: expected to skip 0 to ${this.remaining} entries, got ${n}`);
    }
    this.#next += n;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

export class TraceChunk implements ChunkHeader {
  readonly startRegisters: BigUint64Array;
  readonly pcStart: number;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly numMemReads: number;
  readonly globalClkEnd: number | undefined;
  /** The entries, 16 bytes each: clk u64, value u64. */
  readonly entries: Uint8Array;
  /** Where it came from, for messages. */
  readonly name: string;

  private constructor(header: ChunkHeader, entries: Uint8Array, name: string) {
    this.startRegisters = header.startRegisters;
    this.pcStart = header.pcStart;
    this.clkStart = header.clkStart;
    this.clkEnd = header.clkEnd;
    this.numMemReads = header.numMemReads;
    this.globalClkEnd = header.globalClkEnd;
    this.entries = entries;
    this.name = name;
  }

  /**
   * A view of a raw chunk; what follows the last entry is not part of it. The layout cannot be told from the bytes.
   * Throws TRACE_INVALID.
   */
  static fromRaw(bytes: Uint8Array, layout: ChunkLayout = '6.4', name = 'chunk'): TraceChunk {
    const headerBytes = CHUNK_HEADER_BYTES[layout];
    const read = new FieldReader(bytes, name);
    read.require(headerBytes, 'header');
    const numMemReads = read.count('numMemReads', CHUNK_HEADER.numMemReads);
    read.requireEntries(headerBytes, numMemReads);
    const isNew = layout === '6.4';
    const padding = isNew ? read.u64(CHUNK_HEADER.padding) : 0n;
    if (padding !== 0n) throw read.invalid('padding', '0', padding);
    const header = read.header(numMemReads, isNew ? read.count('globalClkEnd', CHUNK_HEADER.globalClkEnd) : undefined);
    return new TraceChunk(header, bytes.subarray(headerBytes, headerBytes + ENTRY_BYTES * numMemReads), name);
  }

  /** As `fromRaw`, of bytes that may change afterwards, such as a slot of a ring. */
  static copyFromBytes(bytes: Uint8Array, layout: ChunkLayout = '6.4', name = 'chunk'): TraceChunk {
    return TraceChunk.fromRaw(new Uint8Array(bytes), layout, name);
  }

  /** A view of exactly one serialised chunk. Throws TRACE_INVALID. */
  static decode(bytes: Uint8Array, name = 'chunk'): TraceChunk {
    const read = new FieldReader(bytes, name);
    read.require(SERIALISED_HEADER_BYTES, 'header');
    const numMemReads = read.count('length of memReads', CHUNK_HEADER.numMemReads);
    const end = read.requireEntries(SERIALISED_HEADER_BYTES, numMemReads);
    if (bytes.length !== end) throw read.invalid('size', `${end} bytes`, bytes.length);
    return new TraceChunk(read.header(numMemReads, undefined), bytes.subarray(SERIALISED_HEADER_BYTES), name);
  }

  /** The serialised form, of 288 + 16 × numMemReads bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    return this.#withHeader(SERIALISED_HEADER_BYTES);
  }

  /** The raw form. 6.4 has the cumulative clock, which must be given where this chunk came without it. */
  toRaw(layout: ChunkLayout, globalClkEnd: number | undefined = this.globalClkEnd): Uint8Array<ArrayBuffer> {
    const raw = this.#withHeader(CHUNK_HEADER_BYTES[layout]);
    if (layout === '6.0') return raw;
    if (globalClkEnd === undefined) {
      throw new JitExecError('TRACE_INVALID', `chunk: layout 6.4 has globalClkEnd, which is not known of ${this.name}`);
    }
    new DataView(raw.buffer).setBigUint64(CHUNK_HEADER.globalClkEnd, BigInt(globalClkEnd), true);
    return raw;
  }

  /** The fields that every form has, at the same places, then the entries from `headerBytes` on. */
  #withHeader(headerBytes: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(headerBytes + this.entries.length);
    const view = new DataView(bytes.buffer);
    for (const [r, value] of this.startRegisters.entries()) view.setBigUint64(8 * r, value, true);
    view.setBigUint64(CHUNK_HEADER.pcStart, BigInt(this.pcStart), true);
    view.setBigUint64(CHUNK_HEADER.clkStart, BigInt(this.clkStart), true);
    view.setBigUint64(CHUNK_HEADER.clkEnd, BigInt(this.clkEnd), true);
    view.setBigUint64(CHUNK_HEADER.numMemReads, BigInt(this.numMemReads), true);
    bytes.set(this.entries, headerBytes);
    return bytes;
  }

  /** A piece of it as a chunk of its own, without copying its entries. */
  slice(piece: {
    readonly registers: BigUint64Array;
    readonly pcStart: number;
    readonly clkStart: number;
    readonly clkEnd: number;
    readonly entriesBefore: number;
    readonly entriesEnd: number;
  }): TraceChunk {
    const { registers, pcStart, clkStart, clkEnd, entriesBefore, entriesEnd } = piece;
    const numMemReads = entriesEnd - entriesBefore;
    const header = { startRegisters: registers, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd: undefined };
    const entries = this.entries.subarray(ENTRY_BYTES * entriesBefore, ENTRY_BYTES * entriesEnd);
    return new TraceChunk(header, entries, this.name);
  }

  /** A walk over the entries from the first. */
  memReads(): MemReads {
    return new MemReads(this.entries);
  }
}

class FieldReader {
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#name = name;
  }

  invalid(field: string, expected: string, got: bigint | number): JitExecError {
    return new JitExecError('TRACE_INVALID', `chunk: expected ${field} ${expected}, got ${got} in ${this.#name}`);
  }

  require(bytes: number, what: string): void {
    const { byteLength } = this.#view;
    if (byteLength < bytes) throw this.invalid(`a ${what} of`, `${bytes} bytes`, byteLength);
  }

  /** Where the entries end. */
  requireEntries(from: number, count: number): number {
    const end = from + ENTRY_BYTES * count;
    if (end > this.#view.byteLength) {
      const room = Math.floor((this.#view.byteLength - from) / ENTRY_BYTES);
      throw this.invalid('numMemReads', `at most ${room} (the bytes that follow)`, count);
    }
    return end;
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }

  count(field: string, offset: number): number {
    const value = this.u64(offset);
    if (value > MAX_SAFE) throw this.invalid(field, 'below 2^53', value);
    return Number(value);
  }

  header(numMemReads: number, globalClkEnd: number | undefined): ChunkHeader {
    const startRegisters = BigUint64Array.from({ length: REGISTERS }, (_, r) => this.u64(8 * r));
    if (startRegisters[0] !== 0n) throw this.invalid('register x0', '0', startRegisters[0]!);
    const pcStart = this.count('pcStart', CHUNK_HEADER.pcStart);
    const clkStart = this.count('clkStart', CHUNK_HEADER.clkStart);
    const clkEnd = this.count('clkEnd', CHUNK_HEADER.clkEnd);
    if (clkEnd < clkStart) throw this.invalid('clkEnd', `of at least clkStart ${clkStart}`, clkEnd);
    return { startRegisters, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd };
  }
}

/**
 * Makes the raw chunk of layout 6.4 at the start of `slot` one of `layout`, in place: the header of 6.0 is the first
 * 288 bytes of the other, moved up to the entries. Gives the chunk's bytes.
 */
export function relayout(slot: Uint8Array, entries: number, layout: ChunkLayout): Uint8Array {
  const raw = slot.subarray(0, CHUNK_HEADER_BYTES['6.4'] + ENTRY_BYTES * entries);
  const shift = CHUNK_HEADER_BYTES['6.4'] - CHUNK_HEADER_BYTES[layout];
  if (shift === 0) return raw;
  raw.copyWithin(shift, 0, CHUNK_HEADER_BYTES[layout]);
  return raw.subarray(shift);
}

/** The fields of a raw chunk of layout 6.4, in bytes that may change afterwards. */
export function headerOf(raw: Uint8Array): ChunkHeader & { readonly globalClkEnd: number } {
  const { startRegisters, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd } = TraceChunk.fromRaw(raw);
  return { startRegisters, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd: globalClkEnd! };
}
