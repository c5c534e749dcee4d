// The entries of a chunk that is walked, a piece at a time in the walker's memory.

import { JitExecError } from '../../../../../runtime/errors.ts';
import { ENTRY_BYTES } from '../../../../../runtime/layout.ts';
import { ENTRIES, SPARE_ENTRIES, WALK } from '../../../../../runtime/trace/walk-layout.ts';

export class WalkedEntries {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #entries: Uint8Array = new Uint8Array(0);
  #name = '';
  /** Bytes of the chunk's entries up to the end of those in the memory. */
  #filled = 0;

  constructor(buffer: ArrayBufferLike) {
    this.#bytes = new Uint8Array(buffer, 0, ENTRIES.offset + ENTRIES.bytes);
    this.#words = new Uint32Array(buffer, 0, WALK.tallies >> 2);
  }

  begin(entries: Uint8Array, name: string): void {
    this.#entries = entries;
    this.#name = name;
    this.#filled = 0;
    this.#cursor = ENTRIES.offset;
    this.#end = ENTRIES.offset;
    this.fill();
  }

  get #cursor(): number {
    return this.#words[WALK.cursor >> 2]!;
  }

  set #cursor(at: number) {
    this.#words[WALK.cursor >> 2] = at;
  }

  get #end(): number {
    return this.#words[WALK.cursorEnd >> 2]!;
  }

  set #end(at: number) {
    this.#words[WALK.cursorEnd >> 2] = at;
  }

  /** Those that were taken. */
  get taken(): number {
    return (this.#filled - (this.#end - this.#cursor)) / ENTRY_BYTES;
  }

  /** Puts more into the memory, behind those that are not taken; false where there are no more. */
  fill(): boolean {
    const left = this.#end - this.#cursor;
    this.#bytes.copyWithin(ENTRIES.offset, this.#cursor, this.#end);
    const from = this.#filled;
    const to = Math.min(this.#entries.length, from + ENTRIES.bytes - left);
    this.#bytes.set(this.#entries.subarray(from, to), ENTRIES.offset + left);
    this.#filled = to;
    this.#cursor = ENTRIES.offset;
    this.#end = ENTRIES.offset + left + to - from;
    return to > from;
  }

  /** Instructions that may run in emitted regions, which take their entries without a look. */
  get room(): number {
    if (this.#end - this.#cursor < ENTRIES.bytes / 2) this.fill();
    const isAll = this.#filled === this.#entries.length;
    return (this.#end - this.#cursor) / ENTRY_BYTES + (isAll ? SPARE_ENTRIES : 0);
  }

  /** Throws TRACE_INVALID where emitted regions took more than there are. */
  check(): void {
    if (this.#cursor > this.#end) throw this.exhausted();
  }

  /** Takes an entry; gives its byte offset in the memory. */
  take(): number {
    if (this.#cursor >= this.#end && !this.fill()) throw this.exhausted();
    const at = this.#cursor;
    this.#cursor = at + ENTRY_BYTES;
    return at;
  }

  /** Those taken since there were so many, as u32, in a copy. */
  from(taken: number): Int32Array {
    return new Int32Array(this.#entries.slice(ENTRY_BYTES * taken, ENTRY_BYTES * this.taken).buffer);
  }

  exhausted(): JitExecError {
    return new JitExecError('TRACE_INVALID', `trace: expected more entries for the instructions in ${this.#name}`);
  }
}
