// A growable byte buffer with the value formats of the WebAssembly binary format (core specification, 5.2).

export interface BinaryWriter {
  /** Number of bytes written. */
  length(): number;
  byte(value: number): void;
  bytes(values: Uint8Array): void;
  /** Unsigned LEB128 of an integer in [0, 2^53), or of a bigint in [0, 2^64). */
  unsigned(value: number | bigint): void;
  /** Signed LEB128 of a safe integer, or of the low 64 bits of a bigint. */
  signed(value: number | bigint): void;
  /** The length in bytes, then the text in UTF-8. */
  name(text: string): void;
  /** What was written; later writes may change it. */
  view(): Uint8Array<ArrayBuffer>;
}

/** `capacity` in bytes is what fits without growing; the buffer doubles when it is full. */
export function byteWriter(capacity = 256): BinaryWriter {
  let buffer = new Uint8Array(capacity);
  let length = 0;
  const reserve = (count: number): void => {
    if (length + count <= buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * buffer.length, length + count));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  const bytes = (values: Uint8Array): void => {
    reserve(values.length);
    buffer.set(values, length);
    length += values.length;
  };
  const unsigned = (value: number | bigint): void => {
    reserve(10); // ceil(64 / 7)
    let rest = typeof value === 'bigint' ? splitHigh(value) : value;
    while (rest >= 0x80) {
      buffer[length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[length++] = rest;
  };
  // Writes the low seven-bit groups of what a double cannot hold; returns the rest.
  const splitHigh = (value: bigint): number => {
    let rest = value;
    while (rest > MAX_SAFE || rest < -MAX_SAFE) {
      buffer[length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    return Number(rest);
  };
  const signed = (value: number | bigint): void => {
    reserve(10);
    let rest = typeof value === 'bigint' ? splitHigh(BigInt.asIntN(64, value)) : value;
    while (rest >= 0x40 || rest < -0x40) {
      const low = ((rest % 0x80) + 0x80) & 0x7f;
      buffer[length++] = low | 0x80;
      rest = (rest - low) / 0x80;
    }
    buffer[length++] = rest & 0x7f;
  };
  return {
    length: () => length,
    byte: value => {
      reserve(1);
      buffer[length++] = value;
    },
    bytes,
    unsigned,
    signed,
    name: text => {
      const encoded = new TextEncoder().encode(text);
      unsigned(encoded.length);
      bytes(encoded);
    },
    view: () => buffer.subarray(0, length),
  };
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
