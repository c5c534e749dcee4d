// The memory of a prover: words in Montgomery's form, given out from below and given back from above.

import { MAX_PAGES } from '../../../../codegen/stark/shared-memory.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { babyBear, inverse, mul } from '../../../../runtime/fields/baby-bear.ts';
import type { Extension } from '../../../../runtime/fields/baby-bear-extension.ts';
import type { WasmMemory } from '../../../../runtime/memory/wasm-types.ts';
import { RESERVED_BYTES } from './instances.ts';

const PAGE_BYTES = 65_536;
/** Pages are asked for by so many at a time. */
const STEP_PAGES = 256;
const R_INVERSE = inverse(babyBear.r);

export const toMontgomery = (word: number): number => mul(word, babyBear.r);
export const fromMontgomery = (word: number): number => mul(word, R_INVERSE);

export class ProverArena {
  readonly #memory: WasmMemory;
  readonly #limit: number;
  #words: Int32Array;
  #top = RESERVED_BYTES;
  #peak = RESERVED_BYTES;

  /** Of at most `limit` bytes. */
  constructor(memory: WasmMemory, limit: number = MAX_PAGES * PAGE_BYTES) {
    this.#memory = memory;
    this.#limit = limit;
    this.#words = new Int32Array(memory.buffer);
  }

  /** All of it; valid until the next `take`. */
  get words(): Int32Array {
    return this.#words;
  }

  get mark(): number {
    return this.#top;
  }

  /** Bytes that were given out at once at most. */
  get peak(): number {
    return this.#peak;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  /** The address of so many words, with others behind them that may be read. @throws JitExecError where there is no room */
  take(words: number, readable = 0): number {
    const at = this.#top;
    const top = Math.ceil((at + 4 * words) / 64) * 64;
    this.#grow(top + 4 * readable + 256);
    this.#top = top;
    this.#peak = Math.max(this.#peak, top);
    return at;
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    const full = MAX_PAGES - this.#memory.buffer.byteLength / PAGE_BYTES;
    const pages = Math.max(Math.min(STEP_PAGES, full), Math.ceil(missing / PAGE_BYTES));
    if (bytes > this.#limit || pages > full) throw tooSmall(bytes, this.#limit);
    try {
      this.#memory.grow(pages);
    } catch (error) {
      throw tooSmall(bytes, this.#limit, error);
    }
    this.#words = new Int32Array(this.#memory.buffer);
  }

  /** Canonical words. */
  write(address: number, words: ArrayLike<number>): void {
    for (let i = 0; i < words.length; i++) this.#words[address / 4 + i] = toMontgomery(words[i]!);
  }

  read(address: number): number {
    return fromMontgomery(this.#words[address / 4]!);
  }

  extension(address: number, stride: number): Extension {
    return [0, 1, 2, 3].map(e => this.read(address + e * stride)) as unknown as Extension;
  }

  /** The address of canonical words. */
  place(words: readonly number[]): number {
    const at = this.take(words.length);
    this.write(at, words);
    return at;
  }

  /** The address of words as they are. */
  placeRaw(words: readonly number[]): number {
    const at = this.take(words.length);
    this.#words.set(words, at / 4);
    return at;
  }
}

const tooSmall = (bytes: number, limit: number, cause?: unknown): JitExecError =>
  new JitExecError(
    'ENVIRONMENT',
    `prove: the proof takes more than ${bytes} bytes of memory, and may have ${limit}; cut shorter segments`,
    { cause },
  );
