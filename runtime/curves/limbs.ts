// Prime fields of 256 and 384 bits on 24-bit limbs held in float64: products of limbs are exact (2^48) and a whole
// column of a Montgomery product still is (32 * 2^48 = 2^53), so no BigInt and no 64-bit integer is needed. A prime just
// below 2^256 needs no Montgomery form: what is above 2^264 is folded.
// Measured on Node 20 for secp256k1: product 0.15 µs, inverse 1.7 µs (BigInt: 0.27 µs and 22 µs with noble).

import { invert } from '@noble/curves/abstract/modular.js';
import { canFold, multiplyFolded } from './folded.ts';

const BASE = 2 ** 24;
const INVERSE_BASE = 2 ** -24;
const MASK = BASE - 1;

/** Magnitude of the cofactors of one Lehmer step: two products with 24-bit limbs stay exact. */
const COFACTOR_LIMIT = 2 ** 26;

/** Little-endian limbs of 24 bits; every operation returns digits in [0, 2^24) of a value that may exceed p. */
export type FieldLimbs = Float64Array;

export interface LimbField {
  readonly modulus: bigint;
  /** 32-bit words of one element: 8 or 12. */
  readonly words: number;
  readonly limbs: number;
  readonly p: FieldLimbs;
  /** 2 p and 4 p, added before a subtraction so that it stays positive. */
  readonly p2: FieldLimbs;
  readonly p4: FieldLimbs;
  /** What products are divided by: 2^(24 limbs), or 1 where they are folded. */
  readonly r: bigint;
  /** R^2 mod p: a Montgomery product with it multiplies by R. */
  readonly r2: FieldLimbs;
  /** 2^256 - p, where products are folded. */
  readonly fold: number | undefined;
  /** -p^-1 mod 2^24. */
  readonly n0: number;
}

export function limbsOf(value: bigint, limbs: number): FieldLimbs {
  const out = new Float64Array(limbs);
  for (let i = 0, v = value; i < limbs; i++, v >>= 24n) out[i] = Number(v & BigInt(MASK));
  return out;
}

/** `words` is 8 for moduli below 2^256 and 12 for moduli below 2^381. */
export function limbField(modulus: bigint, words: 8 | 12): LimbField {
  const limbs = Math.ceil((words * 32) / 24);
  const excess = (1n << 256n) - modulus;
  const isFolded = words === 8 && canFold(excess);
  const r = isFolded ? 1n : 1n << BigInt(24 * limbs);
  return {
    modulus,
    words,
    limbs,
    p: limbsOf(modulus, limbs),
    p2: limbsOf(2n * modulus, limbs),
    p4: limbsOf(4n * modulus, limbs),
    r,
    r2: limbsOf((r * r) % modulus, limbs),
    fold: isFolded ? Number(excess) : undefined,
    n0: Number(((1n << 24n) - invert(modulus % (1n << 24n), 1n << 24n)) & BigInt(MASK)),
  };
}

/** Reads the element at word `at`; values at or above p are kept. */
export function load(field: LimbField, words: Int32Array, at: number, out: FieldLimbs): void {
  const end = field.words;
  for (let i = 0, j = 0; i < end; i += 3, j += 4) {
    const a = words[at + i]!;
    const b = words[at + i + 1]!;
    const c = i + 2 < end ? words[at + i + 2]! : 0;
    out[j] = a & MASK;
    out[j + 1] = (a >>> 24) | ((b & 0xffff) << 8);
    out[j + 2] = (b >>> 16) | ((c & 0xff) << 16);
    if (j + 3 < out.length) out[j + 3] = c >>> 8;
  }
}

/** Writes digits whose value is below 2^(32 words). */
export function writeDigits(field: LimbField, a: FieldLimbs, words: Int32Array, at: number): void {
  const end = field.words;
  for (let i = 0, j = 0; i < end; i += 3, j += 4) {
    const c = a[j + 2]! | 0;
    words[at + i] = a[j]! | 0 | ((a[j + 1]! | 0) << 24);
    words[at + i + 1] = ((a[j + 1]! | 0) >>> 8) | (c << 16);
    if (i + 2 < end) words[at + i + 2] = (c >>> 16) | ((a[j + 3]! | 0) << 8);
  }
}

export function isZero(a: FieldLimbs): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== 0) return false;
  return true;
}

export function equals(a: FieldLimbs, b: FieldLimbs): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function isBelow(a: FieldLimbs, b: FieldLimbs): boolean {
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

/** out = a + b. */
export function add(a: FieldLimbs, b: FieldLimbs, out: FieldLimbs): void {
  const n = out.length;
  let carry = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i]! + b[i]! + carry;
    carry = x >= BASE ? 1 : 0;
    out[i] = x - carry * BASE;
  }
}

/** out = a - b + lift, which must not be negative. */
export function subtract(a: FieldLimbs, b: FieldLimbs, lift: FieldLimbs, out: FieldLimbs): void {
  const n = out.length;
  let carry = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i]! - b[i]! + lift[i]! + carry;
    carry = Math.floor(x * INVERSE_BASE);
    out[i] = x - carry * BASE;
  }
}

/** Reduces a value below a small multiple of p into [0, p), in place. */
export function normalize(field: LimbField, a: FieldLimbs): void {
  const p = field.p;
  while (!isBelow(a, p)) {
    let carry = 0;
    for (let i = 0; i < a.length; i++) {
      const x = a[i]! - p[i]! + carry;
      carry = x < 0 ? -1 : 0;
      a[i] = x - carry * BASE;
    }
  }
}

const columns = new Float64Array(17);

/** Montgomery product of 11 limbs with its columns in locals: 0.13 µs against 0.20 µs for the loop below (Node 20). */
function multiply11(field: LimbField, a: FieldLimbs, b: FieldLimbs, out: FieldLimbs): void {
  const p = field.p;
  const n0 = field.n0;
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  let t4 = 0;
  let t5 = 0;
  let t6 = 0;
  let t7 = 0;
  let t8 = 0;
  let t9 = 0;
  let t10 = 0;
  for (let i = 0; i < 11; i++) {
    const x = a[i]!;
    const low = t0 + x * b[0]!;
    const q = Math.imul(low | 0, n0) & MASK;
    t0 = (low + q * p[0]!) * INVERSE_BASE + (t1 + x * b[1]! + q * p[1]!);
    t1 = t2 + x * b[2]! + q * p[2]!;
    t2 = t3 + x * b[3]! + q * p[3]!;
    t3 = t4 + x * b[4]! + q * p[4]!;
    t4 = t5 + x * b[5]! + q * p[5]!;
    t5 = t6 + x * b[6]! + q * p[6]!;
    t6 = t7 + x * b[7]! + q * p[7]!;
    t7 = t8 + x * b[8]! + q * p[8]!;
    t8 = t9 + x * b[9]! + q * p[9]!;
    t9 = t10 + x * b[10]! + q * p[10]!;
    t10 = 0;
  }
  out[0] = t0;
  out[1] = t1;
  out[2] = t2;
  out[3] = t3;
  out[4] = t4;
  out[5] = t5;
  out[6] = t6;
  out[7] = t7;
  out[8] = t8;
  out[9] = t9;
  out[10] = t10;
  settleCarries(out);
}

function settleCarries(a: FieldLimbs): void {
  let carry = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]! + carry;
    carry = Math.floor(x * INVERSE_BASE);
    a[i] = x - carry * BASE;
  }
}

/** out = a R mod p. */
export function intoMontgomery(field: LimbField, a: FieldLimbs, out: FieldLimbs): void {
  if (field.fold === undefined) multiply(field, a, field.r2, out);
  else out.set(a);
}

/** out = a b / R mod p, below p (1 + a b / (p R)) or 2^256 + 2^84; `out` may be an operand. */
export function multiply(field: LimbField, a: FieldLimbs, b: FieldLimbs, out: FieldLimbs): void {
  if (field.fold !== undefined) {
    multiplyFolded(field.fold, a, b, out);
    return;
  }
  if (field.limbs === 11) {
    multiply11(field, a, b, out);
    return;
  }
  const n = field.limbs;
  const p = field.p;
  const n0 = field.n0;
  const p0 = p[0]!;
  const b0 = b[0]!;
  const t = columns;
  for (let i = 0; i <= n; i++) t[i] = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i]!;
    const low = t[0]! + x * b0;
    const q = Math.imul(low | 0, n0) & MASK;
    const carry = (low + q * p0) * INVERSE_BASE;
    for (let j = 1; j < n; j++) t[j - 1] = t[j]! + x * b[j]! + q * p[j]!;
    t[0]! += carry;
    t[n - 1] = 0;
  }
  for (let i = 0; i < n; i++) out[i] = t[i]!;
  settleCarries(out);
}

const lehmer = { a: new Float64Array(16), b: new Float64Array(16), u: new Float64Array(16), v: new Float64Array(16) };

/**
 * out = 1 / x mod p for x in [1, p). Lehmer's extended Euclid: quotients come from the leading 53 bits in float64, and
 * one pass applies about 26 bits of them. A wrong last quotient costs nothing: every pass is unimodular, so only the
 * signs need mending.
 */
export function inverse(field: LimbField, x: FieldLimbs, out: FieldLimbs): void {
  const n = field.limbs;
  const { a, b, u, v } = lehmer;
  for (let i = 0; i < n; i++) {
    a[i] = field.p[i]!;
    b[i] = x[i]!;
    u[i] = 0;
    v[i] = 0;
  }
  v[0] = 1;
  let length = n;
  for (let pass = 1; ; pass++) {
    while (length > 3 && a[length - 1] === 0 && b[length - 1] === 0) length--;
    let high = a[length - 1]! * 2 ** 48 + a[length - 2]! * 2 ** 24 + a[length - 3]!;
    let low = b[length - 1]! * 2 ** 48 + b[length - 2]! * 2 ** 24 + b[length - 3]!;
    if (low === 0 || high === 0) {
      if (length > 3) inverseByBigInt(field, x, out);
      else settle(field, low === 0 ? u : v, out);
      return;
    }
    let c00 = 1;
    let c01 = 0;
    let c10 = 0;
    let c11 = 1;
    while (low > 0) {
      const q = Math.floor(high / low);
      const d0 = c00 - q * c10;
      const d1 = c01 - q * c11;
      if (Math.abs(d0) > COFACTOR_LIMIT || Math.abs(d1) > COFACTOR_LIMIT) break;
      const rest = high - q * low;
      high = low;
      low = rest;
      c00 = c10;
      c01 = c11;
      c10 = d0;
      c11 = d1;
    }
    if (c01 === 0) {
      inverseByBigInt(field, x, out);
      return;
    }
    // |u| and |v| grow by at most 27 bits in a pass; the last limb is signed.
    const grown = Math.min(n, Math.ceil((27 * pass) / 24) + 1);
    const signs = combine(a, b, length, c00, c01, c10, c11);
    combineSigned(u, v, grown, c00, c01, c10, c11);
    if (signs & 1) negate(a, length, u, grown);
    if (signs & 2) negate(b, length, v, grown);
  }
}

/** (a, b) := (c00 a + c01 b, c10 a + c11 b) modulo 2^(24 length); bit 0 (1) of the result: a (b) became negative. */
function combine(
  a: FieldLimbs,
  b: FieldLimbs,
  length: number,
  c00: number,
  c01: number,
  c10: number,
  c11: number,
): number {
  let carryA = 0;
  let carryB = 0;
  for (let i = 0; i < length; i++) {
    const ai = a[i]!;
    const bi = b[i]!;
    const x = c00 * ai + c01 * bi + carryA;
    const y = c10 * ai + c11 * bi + carryB;
    carryA = Math.floor(x * INVERSE_BASE);
    carryB = Math.floor(y * INVERSE_BASE);
    a[i] = x - carryA * BASE;
    b[i] = y - carryB * BASE;
  }
  return (carryA < 0 ? 1 : 0) | (carryB < 0 ? 2 : 0);
}

function combineSigned(
  u: FieldLimbs,
  v: FieldLimbs,
  length: number,
  c00: number,
  c01: number,
  c10: number,
  c11: number,
): void {
  const last = length - 1;
  const ul = u[last]!;
  const vl = v[last]!;
  let carryU = 0;
  let carryV = 0;
  for (let i = 0; i < last; i++) {
    const ui = u[i]!;
    const vi = v[i]!;
    const x = c00 * ui + c01 * vi + carryU;
    const y = c10 * ui + c11 * vi + carryV;
    carryU = Math.floor(x * INVERSE_BASE);
    carryV = Math.floor(y * INVERSE_BASE);
    u[i] = x - carryU * BASE;
    v[i] = y - carryV * BASE;
  }
  u[last] = c00 * ul + c01 * vl + carryU;
  v[last] = c10 * ul + c11 * vl + carryV;
}

function negate(a: FieldLimbs, length: number, u: FieldLimbs, grown: number): void {
  let carry = 0;
  for (let i = 0; i < length; i++) {
    const x = carry - a[i]!;
    carry = x < 0 ? -1 : 0;
    a[i] = x - carry * BASE;
  }
  carry = 0;
  for (let i = 0; i < grown - 1; i++) {
    const x = carry - u[i]!;
    carry = x < 0 ? -1 : 0;
    u[i] = x - carry * BASE;
  }
  u[grown - 1] = carry - u[grown - 1]!;
}

/** out = u mod p, for |u| below a small multiple of p. */
function settle(field: LimbField, u: FieldLimbs, out: FieldLimbs): void {
  const n = field.limbs;
  for (let i = 0; i < n; i++) out[i] = u[i]!;
  while (out[n - 1]! < 0) {
    let carry = 0;
    for (let i = 0; i < n; i++) {
      const x = out[i]! + field.p[i]! + carry;
      carry = i < n - 1 && x >= BASE ? 1 : 0;
      out[i] = x - carry * BASE;
    }
  }
  normalize(field, out);
}

/** For the one in 2^26 inputs with a quotient too large for a pass. */
function inverseByBigInt(field: LimbField, x: FieldLimbs, out: FieldLimbs): void {
  let value = 0n;
  for (let i = field.limbs - 1; i >= 0; i--) value = (value << 24n) | BigInt(x[i]!);
  out.set(limbsOf(invert(value, field.modulus), field.limbs));
}
