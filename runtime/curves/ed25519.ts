// Edwards25519 on words, as sp1-curves 6.4 computes it (crates/curves/src/edwards): the affine addition takes any
// integers, and a zero denominator gives a zero coordinate.
// Measured on Node 20: add 4.0 µs, decompress 47 µs.

import { invert } from '@noble/curves/abstract/modular.js';
import * as f from './limbs.ts';
import { fromBigInt, toBigInt } from './words.ts';

const P = 2n ** 255n - 19n;
const D = (P - ((121665n * invert(121666n, P)) % P)) % P;
/** 2^((p - 1) / 4), the square root of -1 that is even. */
const SQRT_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;

const field = f.limbField(P, 8);
const N = field.limbs;
const R = 1n << BigInt(24 * N);
const WORDS = 8;

const limbs = (value: bigint): f.FieldLimbs => f.limbsOf(value % P, N);
const fresh = (): f.FieldLimbs => new Float64Array(N);
const ONE = limbs(1n);
const ZERO = limbs(0n);
/** Montgomery factors: multiplying by c R makes a plain product with c. */
const R3 = limbs(R ** 3n);
const D_R = limbs(D * R);
const D_R4 = limbs(D * R ** 4n);
const SQRT_MINUS_ONE_R = limbs(SQRT_MINUS_ONE * R);

const x1 = fresh();
const y1 = fresh();
const x2 = fresh();
const y2 = fresh();
const s = fresh();
const t = fresh();
const u = fresh();
const v = fresh();
const plus = fresh();
const minus = fresh();

function loadReduced(words: Int32Array, at: number, out: f.FieldLimbs): void {
  f.load(field, words, at, out);
  f.normalize(field, out);
}

/** p := p + q; points are x then y, 8 words each. */
export function edwardsAdd(p: Int32Array, q: Int32Array): void {
  loadReduced(p, 0, x1);
  loadReduced(p, WORDS, y1);
  loadReduced(q, 0, x2);
  loadReduced(q, WORDS, y2);
  f.multiply(field, x1, y2, s);
  f.multiply(field, y1, x2, t);
  f.multiply(field, s, t, v);
  f.multiply(field, v, D_R4, v); // d x1 x2 y1 y2
  f.normalize(field, v);
  f.add(ONE, v, plus);
  f.subtract(ONE, v, field.p, minus);
  f.multiply(field, plus, minus, u);
  f.normalize(field, u);
  if (f.isZero(u)) {
    addIntegers(p, q);
    return;
  }
  f.inverse(field, u, v); // R / ((1 + dxy) (1 - dxy))
  f.add(s, t, s);
  f.multiply(field, v, minus, t);
  f.multiply(field, s, t, s); // x3 / R^2
  f.multiply(field, s, R3, s);
  f.multiply(field, y1, y2, t);
  f.multiply(field, x1, x2, u);
  f.add(t, u, t);
  f.multiply(field, v, plus, u);
  f.multiply(field, t, u, t);
  f.multiply(field, t, R3, t);
  f.normalize(field, s);
  f.normalize(field, t);
  f.writeDigits(field, s, p, 0);
  f.writeDigits(field, t, p, WORDS);
}

function addIntegers(p: Int32Array, q: Int32Array): void {
  const a = toBigInt(p, 0, WORDS);
  const b = toBigInt(p, WORDS, WORDS);
  const c = toBigInt(q, 0, WORDS);
  const d = toBigInt(q, WORDS, WORDS);
  const product = (((((a * b) % P) * ((c * d) % P)) % P) * D) % P;
  fromBigInt(((a * d + b * c) * invertOrZero(1n + product)) % P, p, 0, WORDS);
  fromBigInt(((b * d + a * c) * invertOrZero(1n + P - product)) % P, p, WORDS, WORDS);
}

function invertOrZero(a: bigint): bigint {
  return a % P === 0n ? 0n : invert(a, P);
}

/**
 * Writes to x (8 words) the x of the point with this y (8 words, top bit ignored, not necessarily reduced): the even root,
 * or its negative where `sign` is 1. False: there is no such point.
 */
export function edwardsDecompress(y: Int32Array, sign: number, x: Int32Array): boolean {
  f.load(field, y, 0, y1);
  y1[N - 1]! %= 2 ** 15; // 10 limbs hold 240 bits
  f.normalize(field, y1);
  f.multiply(field, y1, field.r2, t);
  f.multiply(field, t, y1, s); // y^2
  f.multiply(field, s, D_R, v);
  f.add(v, ONE, v);
  f.normalize(field, v);
  f.inverse(field, v, t);
  f.multiply(field, t, field.r2, t);
  f.subtract(s, ONE, field.p, s);
  f.multiply(field, s, t, x1); // (y^2 - 1) / (d y^2 + 1)
  f.normalize(field, x1);
  if (!squareRoot()) return false;
  if (sign === 1) {
    f.subtract(ZERO, x2, field.p, x2);
    f.normalize(field, x2);
  }
  f.writeDigits(field, x2, x, 0);
  return true;
}

/** out := the even square root of a reduced `a` modulo 2^255 − 19, or false. */
export function evenSquareRoot(a: f.FieldLimbs, out: f.FieldLimbs): boolean {
  x1.set(a);
  if (!squareRoot()) return false;
  out.set(x2);
  return true;
}

/** x2 := the even square root of x1, or false. */
function squareRoot(): boolean {
  // x1^((p + 3) / 8) = (x1^(2^251 - 1))^2, by x^(2^2k - 1) = (x^(2^k - 1))^(2^k) x^(2^k - 1).
  f.multiply(field, x1, field.r2, u);
  s.set(u);
  for (let k = 1, bit = 64; bit > 0; bit >>= 1) {
    t.set(s);
    for (let i = 0; i < k; i++) f.multiply(field, s, s, s);
    f.multiply(field, s, t, s);
    k *= 2;
    if (251 & bit) {
      f.multiply(field, s, s, s);
      f.multiply(field, s, u, s);
      k++;
    }
  }
  f.multiply(field, s, s, s);
  f.multiply(field, s, ONE, x2);
  f.multiply(field, s, x2, t);
  f.normalize(field, t);
  if (!f.equals(t, x1)) {
    f.add(t, x1, t);
    f.normalize(field, t);
    if (!f.isZero(t)) return false;
    f.multiply(field, x2, SQRT_MINUS_ONE_R, x2);
  }
  f.normalize(field, x2);
  if (x2[0]! & 1) {
    f.subtract(ZERO, x2, field.p, x2);
  }
  return true;
}
