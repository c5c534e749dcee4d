// Reads and writes the planner's files: little-endian, every length checked before anything is made of it.

import { type ErrorCode, JitExecError } from '../../runtime/errors.ts';

/** Fails with one code, saying what was expected, what there is and in which file. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #code: ErrorCode;
  readonly #what: string;
  readonly #name: string;
  #at = 0;

  /** `what`: the kind of file, which messages begin with; `name`: where it came from. */
  constructor(bytes: Uint8Array, code: ErrorCode, what: string, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#code = code;
    this.#what = what;
    this.#name = name;
  }

  invalid(expected: string, got: unknown): JitExecError {
    return new JitExecError(this.#code, `${this.#what}: expected ${expected}, got ${got} in ${this.#name}`);
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Asks for so many bytes and gives where they start. */
  #take(bytes: number, what: string): number {
    if (bytes > this.left) throw this.invalid(`${bytes} bytes of ${what} at ${this.#at}`, this.left);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(1, what));
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true);
  }

  u64(what: string): bigint {
    return this.#view.getBigUint64(this.#take(8, what), true);
  }

  u128(what: string): bigint {
    const low = this.u64(what);
    return low | (this.u64(what) << 64n);
  }

  /** A u64 that is a number of things. */
  count(what: string): number {
    const value = this.u64(what);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.invalid(`${what} below 2^53`, value);
    return Number(value);
  }

  /** How many records of at least `size` bytes follow. */
  length(what: string, size: number, read: number = this.u32(what)): number {
    if (read * size > this.left) throw this.invalid(`at most ${Math.floor(this.left / size)} ${what}`, read);
    return read;
  }

  flag(what: string): boolean {
    const value = this.u8(what);
    if (value > 1) throw this.invalid(`${what} as 0 or 1`, value);
    return value === 1;
  }

  /** A copy. */
  bytes(count: number, what: string): Uint8Array<ArrayBuffer> {
    const at = this.#take(count, what);
    return this.#bytes.slice(at, at + count) as Uint8Array<ArrayBuffer>;
  }

  text(what: string): string {
    const bytes = this.bytes(this.length(what, 1), what);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw this.invalid(`${what} in UTF-8`, 'other bytes');
    }
  }

  magic(magic: string): void {
    const got = new TextDecoder('latin1').decode(this.#bytes.subarray(this.#at, this.#at + magic.length));
    if (got !== magic) throw this.invalid(`the magic ${JSON.stringify(magic)}`, JSON.stringify(got));
    this.#at += magic.length;
  }

  end(): void {
    if (this.left > 0) throw this.invalid(`the end at ${this.#at}`, `${this.left} bytes more`);
  }
}

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** Where so many bytes go; the buffer and its view may be others afterwards. */
  #make(bytes: number): number {
    const at = this.#end;
    this.#end += bytes;
    if (this.#end <= this.#bytes.length) return at;
    const grown = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    return at;
  }

  u8(value: number): void {
    const at = this.#make(1);
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#make(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: number | bigint): void {
    const at = this.#make(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  u128(value: bigint): void {
    this.u64(BigInt.asUintN(64, value));
    this.u64(value >> 64n);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#make(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Its bytes in UTF-8, their number before them. */
  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.bytes(bytes);
  }

  latin1(text: string): void {
    this.bytes(Uint8Array.from(text, letter => letter.charCodeAt(0)));
  }

  get all(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#end);
  }
}
