// Bytes of DWARF sections, in order. Damage is told by Damaged, which readers of whole sections catch.

import { HIGH } from '../../runtime/layout.ts';

/** The section says something that cannot be. */
export class Damaged extends Error {}

const decoder = new TextDecoder();

export class DwarfReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    if (at < 0 || end > bytes.length || at > end) throw new Damaged();
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  #take(bytes: number): number {
    const { at } = this;
    if (!(bytes >= 0) || at + bytes > this.end) throw new Damaged();
    this.at += bytes;
    return at;
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  u8(): number {
    return this.bytes[this.#take(1)]!;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Exact below 2^53. */
  u64(): number {
    const low = this.u32();
    return this.u32() * HIGH + low;
  }

  unsigned(bytes: number): number {
    if (bytes === 1) return this.u8();
    if (bytes === 2) return this.u16();
    if (bytes === 4) return this.u32();
    if (bytes === 8) return this.u64();
    throw new Damaged();
  }

  /** Two's complement of so many bytes. */
  signed(bytes: number): number {
    const value = this.unsigned(bytes);
    return value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value;
  }

  /** LEB128 (DWARF 5, section 7.6). */
  uleb(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.u8();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      if (weight > 2 ** 63) throw new Damaged();
    }
  }

  sleb(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.u8();
      value += (byte & 127) * weight;
      if (byte < 128) return byte >= 64 ? value - weight * 128 : value;
      if (weight > 2 ** 63) throw new Damaged();
    }
  }

  /** Up to a zero byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new Damaged();
    const text = decoder.decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** A length of 32 or, announced by 0xffffffff, 64 bits, and how wide offsets then are (section 7.4). */
  initialLength(): { readonly length: number; readonly offsetBytes: 4 | 8 } {
    const length = this.u32();
    if (length < 0xffff_fff0) return { length, offsetBytes: 4 };
    if (length !== 0xffff_ffff) throw new Damaged();
    return { length: this.u64(), offsetBytes: 8 };
  }
}
