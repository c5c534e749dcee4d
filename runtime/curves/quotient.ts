// Exact quotients by moduli of 256 and 384 bits, after Barrett, on the limbs of limbs.ts: the proofs' field gadgets need
// the quotient of a product, not only its remainder.

import { add, type FieldLimbs, isBelow, limbsOf } from './limbs.ts';

const BASE = 2 ** 24;
const INVERSE_BASE = 2 ** -24;

export interface Modulus {
  readonly value: bigint;
  /** Of a number below 2^(8 bytes). */
  readonly limbs: number;
  readonly p: FieldLimbs;
  /** 2^(48 limbs) / p, rounded down: limbs + 1 of them. */
  readonly reciprocal: FieldLimbs;
  readonly scratch: { readonly estimate: Float64Array; readonly rest: Float64Array; readonly one: FieldLimbs };
}

/** `value` must have more than 24 (limbs − 1) bits. */
export function modulusOf(value: bigint, limbs: number): Modulus {
  return {
    value,
    limbs,
    p: limbsOf(value, limbs),
    reciprocal: limbsOf((1n << BigInt(48 * limbs)) / value, limbs + 1),
    scratch: {
      estimate: new Float64Array(2 * limbs + 2),
      rest: new Float64Array(2 * limbs + 2),
      one: limbsOf(1n, limbs),
    },
  };
}

/**
 * sums[i + j] += a[i] b[j], four rows of the product at a time (a third of the time of one: Node 20). Exact while sums
 * stay below 2^53; writes no further than sums[n + m − 2].
 */
export function addProduct(a: Float64Array, n: number, b: Float64Array, m: number, sums: Float64Array): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const a0 = a[i]!;
    const a1 = a[i + 1]!;
    const a2 = a[i + 2]!;
    const a3 = a[i + 3]!;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    for (let j = 0; j < m; j++) {
      const b0 = b[j]!;
      sums[i + j]! += a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3;
      b3 = b2;
      b2 = b1;
      b1 = b0;
    }
    sums[i + m]! += a1 * b1 + a2 * b2 + a3 * b3;
    sums[i + m + 1]! += a2 * b1 + a3 * b2;
    sums[i + m + 2]! += a3 * b1;
  }
  for (; i < n; i++) {
    const x = a[i]!;
    for (let j = 0; j < m; j++) sums[i + j]! += x * b[j]!;
  }
}

/** Sums of products become digits of 24 bits. */
export function carryOver(sums: Float64Array): void {
  let carry = 0;
  for (let i = 0; i < sums.length; i++) {
    const x = sums[i]! + carry;
    carry = Math.floor(x * INVERSE_BASE);
    sums[i] = x - carry * BASE;
  }
}

/** quotient (limbs + 1 digits) and remainder (limbs digits) of the 2 limbs digits of `dividend`. */
export function divide(m: Modulus, dividend: Float64Array, quotient: FieldLimbs, remainder: FieldLimbs): void {
  const n = m.limbs;
  const { estimate, rest, one } = m.scratch;
  // ⌊⌊x / b^(n−1)⌋ μ / b^(n+1)⌋ is the quotient or up to two less.
  for (let i = 0; i <= n; i++) quotient[i] = dividend[i + n - 1]!;
  estimate.fill(0);
  addProduct(quotient, n + 1, m.reciprocal, n + 1, estimate);
  carryOver(estimate);
  for (let i = 0; i <= n; i++) quotient[i] = estimate[i + n + 1]!;
  rest.fill(0);
  addProduct(quotient, n + 1, m.p, n, rest);
  let carry = 0;
  for (let i = 0; i <= n; i++) {
    const x = dividend[i]! - rest[i]! + carry;
    carry = Math.floor(x * INVERSE_BASE);
    rest[i] = x - carry * BASE;
  }
  let times = 0;
  for (let i = 0; i < n; i++) remainder[i] = rest[i]!;
  for (let top = rest[n]!; top > 0 || !isBelow(remainder, m.p); times++) top += subtractOnce(m, remainder);
  for (; times > 0; times--) add(quotient, one, quotient);
}

/** The same of a sum of a few numbers: subtracts as long as it can. Gives how often; `x` becomes the remainder. */
export function divideSmall(m: Modulus, x: FieldLimbs, above: number): number {
  let times = 0;
  for (let top = above; top > 0 || !isBelow(x, m.p); times++) top += subtractOnce(m, x);
  return times;
}

/** x −= p; −1 where that borrows from above. */
function subtractOnce({ p, limbs }: Modulus, x: FieldLimbs): number {
  let carry = 0;
  for (let i = 0; i < limbs; i++) {
    const digit = x[i]! - p[i]! + carry;
    carry = digit < 0 ? -1 : 0;
    x[i] = digit - carry * BASE;
  }
  return carry;
}
