// 256-bit integers of SP1's UINT256 system calls (spec/sp1/syscalls.md, section 2).

import { fromBigInt, toBigInt } from './words.ts';

const WORDS = 8;

/** x := x y mod m, with y and m in `factorAndModulus` (16 words); m = 0 stands for 2^256. */
export function mulMod(x: Int32Array, factorAndModulus: Int32Array): void {
  const modulus = toBigInt(factorAndModulus, WORDS, WORDS);
  const product = toBigInt(x, 0, WORDS) * toBigInt(factorAndModulus, 0, WORDS);
  fromBigInt(modulus === 0n ? product : product % modulus, x, 0, WORDS);
}

/** low + 2^256 high := a + b + c. */
export function addCarry(a: Int32Array, b: Int32Array, c: Int32Array, low: Int32Array, high: Int32Array): void {
  split(toBigInt(a, 0, WORDS) + toBigInt(b, 0, WORDS) + toBigInt(c, 0, WORDS), low, high);
}

/** low + 2^256 high := a b + c, which is at most 2^512 - 2^256. */
export function mulCarry(a: Int32Array, b: Int32Array, c: Int32Array, low: Int32Array, high: Int32Array): void {
  split(toBigInt(a, 0, WORDS) * toBigInt(b, 0, WORDS) + toBigInt(c, 0, WORDS), low, high);
}

function split(value: bigint, low: Int32Array, high: Int32Array): void {
  fromBigInt(value, low, 0, WORDS);
  fromBigInt(value >> 256n, high, 0, WORDS);
}
