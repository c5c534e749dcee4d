// What unconstrained execution changed, to be put back at its end: whole doublewords, newest last.

import type { GuestMemory } from './memory.ts';

export class UndoLog {
  readonly #words: Int32Array;
  readonly #offsets: number[] = [];
  readonly #values: number[] = [];
  readonly #saved = new Set<number>();

  constructor(memory: GuestMemory) {
    this.#words = memory.i32;
  }

  /** Remembers the doubleword at an area offset before its first change. */
  save(offset: number): void {
    const at = (offset >>> 3) << 1;
    if (this.#saved.has(at)) return;
    this.#saved.add(at);
    this.#offsets.push(at);
    this.#values.push(this.#words[at]!, this.#words[at + 1]!);
  }

  undo(): void {
    this.#offsets.forEach((at, i) => {
      this.#words[at] = this.#values[2 * i]!;
      this.#words[at + 1] = this.#values[2 * i + 1]!;
    });
    this.#offsets.length = 0;
    this.#values.length = 0;
    this.#saved.clear();
  }
}
