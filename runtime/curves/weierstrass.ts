// Affine addition and doubling on short Weierstrass curves, with the edge cases of sp1-curves 6.4
// (crates/curves/src/weierstrass): secp256k1 goes through the k256 crate, which checks its operands and adds
// completely; the other curves apply the formulas to any integers. Points are x then y, 8 or 12 words each.
// Measured on Node 20: secp256k1 add 3.4 µs, double 3.2 µs; BLS12-381 6.2 µs and 7.3 µs.

import { invert } from '@noble/curves/abstract/modular.js';
import * as fp from './limbs.ts';
import { fromBigInt, toBigInt } from './words.ts';

export interface WeierstrassCurve {
  readonly field: fp.LimbField;
  /** y^2 = x^3 + a x + b. */
  readonly a: bigint;
  /** Operands must be points of the curve (and may be equal); undefined: any integers are taken. */
  readonly checked?: { readonly b: bigint; readonly bOverR: fp.FieldLimbs };
  readonly aLimbs: fp.FieldLimbs;
  readonly scratch: readonly fp.FieldLimbs[];
}

/** Where `finish` leaves the last result: a point that needs no check when it comes back as an operand. */
const LAST_X = 10;
const LAST_Y = 11;

function curve(modulus: bigint, words: 8 | 12, a: bigint, checkedB?: bigint): WeierstrassCurve {
  const field = fp.limbField(modulus, words);
  const scratch = Array.from({ length: 12 }, () => new Float64Array(field.limbs));
  const common = { field, a, aLimbs: fp.limbsOf(a, field.limbs), scratch };
  if (checkedB === undefined) return common;
  scratch[LAST_X]!.fill(Number.NaN);
  const bOverR = fp.limbsOf((checkedB * invert(field.r, modulus)) % modulus, field.limbs);
  return { ...common, checked: { b: checkedB, bOverR } };
}

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;

export const secp256k1: WeierstrassCurve = curve(2n ** 256n - 2n ** 32n - 977n, 8, 0n, 7n);
export const secp256r1: WeierstrassCurve = curve(P256, 8, P256 - 3n);
export const bn254: WeierstrassCurve = curve(
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  8,
  0n,
);
export const bls12381: WeierstrassCurve = curve(
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
  12,
  0n,
);

const OFF_CURVE = 'a point is not on the curve';
const NEGATIVE = 'a coordinate is not reduced and a difference is negative';

/** p := p + q. Returns why there is no sum, or undefined. */
export function addPoints(c: WeierstrassCurve, p: Int32Array, q: Int32Array): string | undefined {
  const { field, scratch } = c;
  const [x1, y1, x2, y2, dx, dy, t, u, v] = scratch as Scratch;
  const w = field.words;
  fp.load(field, p, 0, x1);
  fp.load(field, p, w, y1);
  fp.load(field, q, 0, x2);
  fp.load(field, q, w, y2);
  const m = field.p;
  if (!(fp.isBelow(x1, m) && fp.isBelow(y1, m) && fp.isBelow(x2, m) && fp.isBelow(y2, m))) {
    return c.checked === undefined ? addIntegers(c, p, q) : OFF_CURVE;
  }
  if (c.checked !== undefined && !(isOnCurve(c, x1, y1) && isOnCurve(c, x2, y2))) return OFF_CURVE;
  fp.subtract(x2, x1, m, dx);
  fp.normalize(field, dx);
  if (fp.isZero(dx)) {
    if (c.checked === undefined) return addIntegers(c, p, q);
    return fp.equals(y1, y2) ? doublePoint(c, p) : 'the sum is the point at infinity';
  }
  fp.subtract(y2, y1, m, dy);
  fp.inverse(field, dx, t);
  fp.intoMontgomery(field, t, u);
  fp.multiply(field, dy, u, v);
  finish(c, v, x1, y1, x2, p);
  return undefined;
}

/** p := 2 p. Returns why there is no double, or undefined. */
export function doublePoint(c: WeierstrassCurve, p: Int32Array): string | undefined {
  const { field, scratch } = c;
  const [x, y, , , numerator, denominator, t, u, v] = scratch as Scratch;
  const m = field.p;
  fp.load(field, p, 0, x);
  fp.load(field, p, field.words, y);
  if (!(fp.isBelow(x, m) && fp.isBelow(y, m))) return c.checked === undefined ? doubleInteger(c, p) : OFF_CURVE;
  if (c.checked !== undefined && !isOnCurve(c, x, y)) return OFF_CURVE;
  fp.add(y, y, denominator);
  fp.normalize(field, denominator);
  if (fp.isZero(denominator)) return doubleInteger(c, p);
  fp.intoMontgomery(field, x, t);
  fp.multiply(field, t, x, u);
  fp.add(u, u, t);
  fp.add(t, u, numerator);
  if (c.a !== 0n) fp.add(numerator, c.aLimbs, numerator);
  fp.inverse(field, denominator, t);
  fp.intoMontgomery(field, t, u);
  fp.multiply(field, numerator, u, v);
  finish(c, v, x, y, x, p);
  return undefined;
}

type Scratch = [
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
  fp.FieldLimbs,
];

/** Third point of the chord of slope `slope` through (x1, y1) and x2, to `out`. */
function finish(
  c: WeierstrassCurve,
  slope: fp.FieldLimbs,
  x1: fp.FieldLimbs,
  y1: fp.FieldLimbs,
  x2: fp.FieldLimbs,
  out: Int32Array,
): void {
  const { field, scratch } = c;
  const [, , , , , , t, u, , s, x3, y3] = scratch as Scratch;
  fp.intoMontgomery(field, slope, s);
  fp.multiply(field, s, slope, t);
  fp.add(x1, x2, u);
  fp.subtract(t, u, field.p2, x3);
  fp.normalize(field, x3);
  fp.subtract(x1, x3, field.p, t);
  fp.multiply(field, s, t, u);
  fp.subtract(u, y1, field.p, y3);
  fp.normalize(field, y3);
  fp.writeDigits(field, x3, out, 0);
  fp.writeDigits(field, y3, out, field.words);
}

/** y^2 = x^3 + b, all divided by R. */
function isOnCurve(c: WeierstrassCurve, x: fp.FieldLimbs, y: fp.FieldLimbs): boolean {
  const { field, scratch } = c;
  if (fp.equals(x, scratch[LAST_X]!) && fp.equals(y, scratch[LAST_Y]!)) return true;
  const [, , , , , , t, u, v] = scratch as Scratch;
  fp.multiply(field, x, x, t);
  fp.intoMontgomery(field, x, u);
  fp.multiply(field, t, u, v);
  fp.add(v, c.checked!.bOverR, v);
  fp.normalize(field, v);
  fp.multiply(field, y, y, t);
  fp.normalize(field, t);
  return fp.equals(t, v);
}

/** The formulas over the integers, as upstream writes them: a difference that becomes negative panics there. */
function addIntegers(c: WeierstrassCurve, point: Int32Array, other: Int32Array): string | undefined {
  const w = c.field.words;
  const p = c.field.modulus;
  const x1 = toBigInt(point, 0, w);
  const y1 = toBigInt(point, w, w);
  const x2 = toBigInt(other, 0, w);
  const y2 = toBigInt(other, w, w);
  if (x1 === x2 && y1 === y2) return 'the points are equal';
  const dy = p + y2 - y1;
  const dx = p + x2 - x1;
  if (dy < 0n || dx < 0n) return NEGATIVE;
  return finishIntegers(c, dy * invertOrZero(dx, p), x1, y1, x2, point);
}

function doubleInteger(c: WeierstrassCurve, point: Int32Array): string | undefined {
  const w = c.field.words;
  const p = c.field.modulus;
  const x = toBigInt(point, 0, w);
  const y = toBigInt(point, w, w);
  return finishIntegers(c, (c.a + 3n * x * x) * invertOrZero(2n * y, p), x, y, x, point);
}

function finishIntegers(
  c: WeierstrassCurve,
  unreducedSlope: bigint,
  x1: bigint,
  y1: bigint,
  x2: bigint,
  out: Int32Array,
): string | undefined {
  const p = c.field.modulus;
  const slope = unreducedSlope % p;
  const x3 = slope * slope + 2n * p - x1 - x2;
  if (x3 < 0n) return NEGATIVE;
  const y3 = slope * (p + x1 - (x3 % p)) + p - y1;
  if (y3 < 0n) return NEGATIVE;
  fromBigInt(x3 % p, out, 0, c.field.words);
  fromBigInt(y3 % p, out, c.field.words, c.field.words);
  return undefined;
}

/** a^(p - 2) mod p. */
function invertOrZero(a: bigint, p: bigint): bigint {
  const reduced = a % p;
  return reduced === 0n ? 0n : invert(reduced, p);
}
