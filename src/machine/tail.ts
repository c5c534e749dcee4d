// The last bytes of a stream, kept while it passes.

const TAIL_BYTES = 2048;

export class Tail {
  #bytes: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    if (bytes.length >= TAIL_BYTES) {
      this.#bytes = bytes.slice(-TAIL_BYTES);
      return;
    }
    const kept = this.#bytes.subarray(Math.max(0, this.#bytes.length + bytes.length - TAIL_BYTES));
    const joined = new Uint8Array(kept.length + bytes.length);
    joined.set(kept);
    joined.set(bytes, kept.length);
    this.#bytes = joined;
  }

  /** As UTF-8, from the beginning of a character on. */
  get text(): string {
    let start = 0;
    if (this.#bytes.length === TAIL_BYTES) while (start < 3 && (this.#bytes[start]! & 0xc0) === 0x80) start++;
    return new TextDecoder().decode(this.#bytes.subarray(start));
  }
}
