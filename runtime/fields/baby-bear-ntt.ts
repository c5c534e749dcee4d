// Number-theoretic transforms over BabyBear: values on the powers of a root of unity, and the extension of columns to a larger
// domain as OpenVM's proofs commit to them.

import { add, GENERATOR, inverse, mul, rootOfUnity, sub } from './baby-bear.ts';

/** The number whose low bits are those of `i` in reverse. */
export function reverseBits(i: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed = reversed * 2 + ((i >>> bit) & 1);
  return reversed;
}

/** Σ a_i root^(ij) for each j, in place; `root` is of the order of the length. */
function transform(a: Int32Array, root: number): void {
  const bits = Math.log2(a.length);
  for (let i = 0; i < a.length; i++) {
    const j = reverseBits(i, bits);
    if (i < j) [a[i], a[j]] = [a[j]!, a[i]!];
  }
  const roots = [root];
  while (roots.length < bits) roots.unshift(mul(roots[0]!, roots[0]!));
  for (let half = 1, level = 0; half < a.length; half *= 2, level++) {
    const step = roots[level]!;
    for (let start = 0; start < a.length; start += 2 * half) {
      let twiddle = 1;
      for (let i = start; i < start + half; i++) {
        const odd = mul(a[i + half]!, twiddle);
        a[i + half] = sub(a[i]!, odd);
        a[i] = add(a[i]!, odd);
        twiddle = mul(twiddle, step);
      }
    }
  }
}

/** The values of the polynomial with these coefficients at the powers of the root of their number, a power of two. */
export function dft(coefficients: ArrayLike<number>): Int32Array {
  const values = Int32Array.from(coefficients);
  transform(values, rootOfUnity(Math.log2(values.length)));
  return values;
}

/** The coefficients of the polynomial that has these values at the powers of the root of their number. */
export function idft(values: ArrayLike<number>): Int32Array {
  const coefficients = Int32Array.from(values);
  transform(coefficients, inverse(rootOfUnity(Math.log2(values.length))));
  const scale = inverse(values.length);
  return coefficients.map(one => mul(one, scale));
}

/**
 * The values of a column's polynomial on 31 times the domain that is 2^`logBlowup` times as large, rows in bit-reversed order.
 * The column's own are those at `shift` times the powers of the root of its length, a power of two.
 */
export function extendColumn(column: ArrayLike<number>, logBlowup: number, shift = 1): Int32Array {
  const size = column.length * 2 ** logBlowup;
  const bits = Math.log2(size);
  const coefficients = new Int32Array(size);
  const step = mul(GENERATOR, inverse(shift));
  let scale = 1;
  for (const [i, one] of idft(column).entries()) {
    coefficients[i] = mul(one, scale);
    scale = mul(scale, step);
  }
  const values = dft(coefficients);
  return Int32Array.from(values, (_, i) => values[reverseBits(i, bits)]!);
}
