// The public values as a replay knows them. What the guest wrote may be input that no entry has told yet: it is filled in when
// one does.

import { HIGH } from '../../../../runtime/layout.ts';
import type { ReplayMemory } from './replay-memory.ts';

const DOUBLEWORD_BYTES = 8;

interface Gap {
  readonly bytes: Uint8Array;
  /** Where the doubleword begins in them; may lie before their start. */
  readonly at: number;
}

export class PublicStream {
  readonly #replay: ReplayMemory;
  readonly #pieces: Uint8Array[] = [];
  /** By area offset of the doubleword. */
  readonly #gaps = new Map<number, Gap[]>();
  #isLost = false;

  constructor(replay: ReplayMemory) {
    this.#replay = replay;
    replay.onHint = (offset, isKnown) => this.#onHint(offset, isKnown);
  }

  /** What the guest wrote from `address` on. */
  push(bytes: Uint8Array, address: number): void {
    this.#pieces.push(bytes);
    const { memory } = this.#replay;
    for (let at = -(address % DOUBLEWORD_BYTES); at < bytes.length; at += DOUBLEWORD_BYTES) {
      const here = address + at;
      const offset = memory.translate((here % HIGH) | 0, Math.floor(here / HIGH));
      if (!this.#replay.isHinted(offset)) continue;
      const gaps = this.#gaps.get(offset) ?? [];
      gaps.push({ bytes, at });
      this.#gaps.set(offset, gaps);
    }
  }

  #onHint(offset: number, isKnown: boolean): void {
    const gaps = this.#gaps.get(offset);
    if (gaps === undefined) return;
    this.#gaps.delete(offset);
    if (!isKnown) {
      this.#isLost = true;
      return;
    }
    const { u8 } = this.#replay.memory;
    for (const { bytes, at } of gaps) {
      for (let i = 0; i < DOUBLEWORD_BYTES; i++)
        if (at + i >= 0 && at + i < bytes.length) bytes[at + i] = u8[offset + i]!;
    }
  }

  /** All of them; undefined where some are inputs that the guest never read. */
  get bytes(): Uint8Array | undefined {
    if (this.#isLost || this.#gaps.size > 0) return undefined;
    const all = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
