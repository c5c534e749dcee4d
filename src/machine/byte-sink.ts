// A queue of bytes that grows at one end and is read at the other.

/** Bytes of a guest's output that are handed on at once. */
export const PIECE_BYTES = 65_536;

export class ByteSink {
  #chunks: Uint8Array[] = [];
  length = 0;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.length += bytes.length;
  }

  /** Removes and gives the first bytes, at most `max`. */
  take(max: number): Uint8Array {
    const all = this.bytes();
    const taken = all.subarray(0, max);
    this.#chunks = [all.subarray(taken.length)];
    this.length = all.length - taken.length;
    return taken;
  }

  /** Everything, in one piece. */
  bytes(): Uint8Array {
    if (this.#chunks.length !== 1) {
      const joined = new Uint8Array(this.length);
      let at = 0;
      for (const chunk of this.#chunks) {
        joined.set(chunk, at);
        at += chunk.length;
      }
      this.#chunks = [joined];
    }
    return this.#chunks[0]!;
  }
}
