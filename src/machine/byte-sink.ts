// A queue of bytes that grows at one end and is read at the other.

/** Bytes of a guest's output that are handed on at once. */
export const PIECE_BYTES = 65_536;

export class ByteSink {
  #chunks: Uint8Array[] = [];
  length = 0;

  /** Adds a copy of the bytes. */
  push(bytes: Uint8Array): void {
    this.hold(bytes.slice());
  }

  /** Adds the bytes themselves: whoever gives them leaves them alone. */
  hold(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.length += bytes.length;
  }

  /** Removes and gives the first bytes, at most `max`; a view where they lie in one piece. */
  take(max: number): Uint8Array {
    const taken: Uint8Array[] = [];
    for (let left = Math.min(max, this.length); left > 0; ) {
      const first = this.#chunks[0]!;
      const part = first.subarray(0, left);
      taken.push(part);
      left -= part.length;
      if (part.length < first.length) this.#chunks[0] = first.subarray(part.length);
      else this.#chunks.shift();
    }
    const bytes = joined(taken);
    this.length -= bytes.length;
    return bytes;
  }

  /** Saves what is in it; gives what restores that. */
  save(): () => void {
    const [chunks, length] = [[...this.#chunks], this.length];
    return () => {
      this.#chunks = [...chunks];
      this.length = length;
    };
  }

  /** Everything, in one piece. */
  bytes(): Uint8Array {
    const all = joined(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
