// A growable byte buffer with the number formats of the WebAssembly binary format (core specification 5.2).

export interface ByteWriter {
  /** Bytes written so far. */
  readonly length: () => number;
  readonly byte: (value: number) => void;
  readonly bytes: (values: Uint8Array) => void;
  /** Unsigned LEB128 of an integer in [0, 2^53). */
  readonly u32: (value: number) => void;
  /** Signed LEB128 of an integer in [-2^31, 2^31). */
  readonly s32: (value: number) => void;
  /** Unsigned LEB128 of a bigint in [0, 2^64). */
  readonly u64: (value: bigint) => void;
  /** Signed LEB128 of the low 64 bits of `value`. */
  readonly s64: (value: bigint) => void;
  /** A length and that many bytes of UTF-8. */
  readonly name: (text: string) => void;
  /** A copy of what was written. */
  readonly take: () => Uint8Array<ArrayBuffer>;
  /** What was written, valid until the next write. */
  readonly view: () => Uint8Array<ArrayBuffer>;
}
