// BabyBear, the field of OpenVM's proofs: p = 15 · 2^27 + 1. Elements are numbers below p.

import { type PrimeField, primeField } from './prime-field.ts';

export const P = 2_013_265_921;
export const babyBear: PrimeField = primeField('BabyBear', P);
/** Of the multiplicative group; also the shift of the cosets that traces are extended to. */
export const GENERATOR = 31;
/** The greatest k for which there is a root of unity of order 2^k. */
export const TWO_ADICITY = 27;

const INVERSE_P = 1 / P;

export function add(a: number, b: number): number {
  const sum = a + b;
  return sum >= P ? sum - P : sum;
}

export function sub(a: number, b: number): number {
  return a >= b ? a - b : a - b + P;
}

export const negate = (a: number): number => (a === 0 ? 0 : P - a);

/** The quotient in float64, which is off by one at most, and then the remainder is near 0 or p; the remainder modulo 2^32. */
export function mul(a: number, b: number): number {
  const r = (Math.imul(a, b) - Math.imul((a * b * INVERSE_P) | 0, P)) | 0;
  return r < 0 ? r + P : r >= P ? r - P : r;
}

export function power(base: number, exponent: number): number {
  let result = 1;
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mul(result, b);
    b = mul(b, b);
  }
  return result;
}

/** 1/a; 0 for 0. */
export const inverse = (a: number): number => power(a, P - 2);

/** By k, the root of unity g_k of order 2^k: 31^15 is that of order 2^27, each other the square of the next. */
const ROOTS: readonly number[] = roots();

function roots(): number[] {
  const list = [power(GENERATOR, 15)];
  while (list.length <= TWO_ADICITY) list.unshift(mul(list[0]!, list[0]!));
  return list;
}

export const rootOfUnity = (k: number): number => ROOTS[k]!;
