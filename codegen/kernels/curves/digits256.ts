// Numbers modulo a prime below 2^256 on 9 limbs of 29 bits in i64, at 8 bytes each: a column of a product, 9 products of
// 58 bits, leaves room for limbs of sums and differences that were not carried.

export const LIMBS = 9;
export const BITS = 29;
export const MASK: number = 2 ** BITS - 1;
/** Bytes of an element. */
export const ELEMENT: number = 8 * LIMBS;

/** Digits in [0, 2^29), the last one with all the rest. */
export function digitsOf(value: bigint): number[] {
  return Array.from({ length: LIMBS }, (_, i) => {
    const rest = value >> BigInt(BITS * i);
    return Number(i < LIMBS - 1 ? rest & BigInt(MASK) : rest);
  });
}

/** Digits in [-2^28, 2^28), the last one with all the rest: mostly zeros for primes close to sums of few powers of two. */
export function balancedDigits(value: bigint): number[] {
  let rest = value;
  return Array.from({ length: LIMBS }, (_, i) => {
    const digit = i < LIMBS - 1 ? BigInt.asIntN(BITS, rest) : rest;
    rest = (rest - digit) >> BigInt(BITS);
    return Number(digit);
  });
}

/** -1 / p mod 2^29: times a number's lowest digit, the multiple of p that makes the number divisible by 2^29. */
export function negatedInverse(p: bigint): number {
  let inverse = p; // right in its lowest 3 bits, and each step doubles them
  for (let bits = 3; bits < BITS; bits *= 2) inverse = BigInt.asUintN(BITS, inverse * (2n - p * inverse));
  return Number(BigInt.asUintN(BITS, -inverse));
}
