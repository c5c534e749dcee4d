// Little-endian 32-bit words and BigInt, for the operations that are too rare for limbs.

const buffer = new ArrayBuffer(64);
const scratch32 = new Int32Array(buffer);
const scratch64 = new BigUint64Array(buffer);

/** `count` words (even, at most 16) from word `at`, as an unsigned integer. */
export function toBigInt(words: Int32Array, at: number, count: number): bigint {
  for (let i = 0; i < count; i++) scratch32[i] = words[at + i]!;
  let value = 0n;
  for (let i = count / 2 - 1; i >= 0; i--) value = (value << 64n) | scratch64[i]!;
  return value;
}

/** Writes `value` modulo 2^(32 count) to `count` words (even) from word `at`. */
export function fromBigInt(value: bigint, words: Int32Array, at: number, count: number): void {
  for (let i = 0, v = value; i < count / 2; i++, v >>= 64n) scratch64[i] = v;
  for (let i = 0; i < count; i++) words[at + i] = scratch32[i]!;
}
