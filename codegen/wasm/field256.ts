// The field of secp256k1, p = 2^256 - 2^32 - 977, on 9 limbs of 29 bits in i64, at 8 bytes each: a column of a product,
// 9 products of 58 bits, leaves room for limbs of sums and differences that were not carried.

import { type CodeWriter, codeWriter } from './code.ts';
import { op } from './instructions.ts';
import { type Value, type Values64, values64 } from './values64.ts';

export const LIMBS = 9;
export const BITS = 29;
/** Bytes of an element. */
export const ELEMENT: number = 8 * LIMBS;

const MASK = 2 ** BITS - 1;
const TOP_BITS = 256 - 8 * BITS;
const TOP_MASK = 2 ** TOP_BITS - 1;

// 2^256 = 977 + 2^3 2^29 and 2^261 = 2^5 977 + 2^8 2^29.
const FOLD_LOW = 977;
const FOLD_SHIFT = 3;
const ABOVE = LIMBS * BITS - 256;

/** 64 p in limbs of about 2^30: added before limbs up to 2^30 - 2^16 are subtracted, so that none becomes negative. */
export const LIFT: readonly number[] = Array.from({ length: LIMBS }, (_, i) =>
  i === 0 ? 2 ** 30 - 64 * FOLD_LOW : 2 ** 30 - 2 - (i === 1 ? 64 << FOLD_SHIFT : 0),
);

/** (out, a, b): out = a b. Limbs of the factors below A and B with 9 A B < 2^64 - 2^53; those of the product are tight. */
export function productFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = values64(code);
  const a = loadLimbs(v, 1);
  const b = loadLimbs(v, 2);
  const columns = v.locals(2 * LIMBS - 1);
  columns.forEach((column, k) => {
    const terms: Value[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++) {
      terms.push(v.mul(v.get(a[i]!), v.get(b[k - i]!)));
    }
    v.set(column, terms.reduce(v.add));
  });
  foldColumns(v, columns);
  return code;
}

/** (out, a): out = a^2, under the bounds of a product. */
export function squareFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values64(code);
  const a = loadLimbs(v, 1);
  const twice = v.locals(LIMBS);
  v.setEach(twice, i => v.shl(v.get(a[i]!), v.constant(1)));
  const columns = v.locals(2 * LIMBS - 1);
  columns.forEach((column, k) => {
    const terms: Value[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); 2 * i <= k; i++) {
      terms.push(v.mul(v.get((2 * i < k ? twice : a)[i]!), v.get(a[k - i]!)));
    }
    v.set(column, terms.reduce(v.add));
  });
  foldColumns(v, columns);
  return code;
}

function loadLimbs(v: Values64, base: number): number[] {
  const limbs = v.locals(LIMBS);
  v.setEach(limbs, i => v.load(base, 8 * i));
  return limbs;
}

function storeLimbs(v: Values64, limbs: readonly number[]): void {
  for (const [i, limb] of limbs.entries()) v.store(0, 8 * i, v.get(limb));
}

/** Stores 17 columns at parameter 0 as limbs: what is from 2^261 on is folded digit by digit, then all is carried once. */
function foldColumns(v: Values64, columns: readonly number[]): void {
  const digit = v.local();
  const low = columns.slice(0, LIMBS);
  for (let k = LIMBS; k <= 2 * LIMBS - 1; k++) {
    const own = k < columns.length ? v.and(v.get(columns[k]!), v.constant(MASK)) : undefined;
    const carried = k > LIMBS ? v.shrU(v.get(columns[k - 1]!), v.constant(BITS)) : undefined;
    v.set(digit, own === undefined ? carried! : carried === undefined ? own : v.add(own, carried));
    addTo(v, low[k - LIMBS]!, v.mul(v.get(digit), v.constant(FOLD_LOW << ABOVE)));
    if (k - LIMBS + 1 < LIMBS) addTo(v, low[k - LIMBS + 1]!, v.shl(v.get(digit), v.constant(FOLD_SHIFT + ABOVE)));
  }
  carry(v, low);
  // The last digit's upper part is 2^261 again.
  foldTop(v, low, v.shl(v.get(digit), v.constant(FOLD_SHIFT + 2 * ABOVE)));
  storeLimbs(v, low);
}

function addTo(v: Values64, local: number, value: Value): void {
  v.set(local, v.add(v.get(local), value));
}

/** Carries all limbs but the last into the next. */
function carry(v: Values64, limbs: readonly number[], shift: Values64['shrU'] = v.shrU, end: number = LIMBS - 1): void {
  for (let i = 0; i < end; i++) {
    addTo(v, limbs[i + 1]!, shift(v.get(limbs[i]!), v.constant(BITS)));
    v.set(limbs[i]!, v.and(v.get(limbs[i]!), v.constant(MASK)));
  }
}

/**
 * Folds what is above 2^256, with `more` times 2^256, into the lowest limbs. Limbs are tight then: below 2^29, but the
 * third, which may reach 2^29 + 2^23.
 */
function foldTop(v: Values64, limbs: readonly number[], more?: Value): void {
  const last = limbs[LIMBS - 1]!;
  const top = v.local();
  const above = v.shrU(v.get(last), v.constant(TOP_BITS));
  v.set(top, more === undefined ? above : v.add(above, more));
  v.set(last, v.and(v.get(last), v.constant(TOP_MASK)));
  addTo(v, limbs[0]!, v.mul(v.get(top), v.constant(FOLD_LOW)));
  addTo(v, limbs[1]!, v.shl(v.get(top), v.constant(FOLD_SHIFT)));
  carry(v, limbs, v.shrU, 2);
}

/** (out, a): tight limbs of the value a + 128 p that a of signed limbs has, |a| < 128 p. */
export function settleFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values64(code);
  const limbs = loadLimbs(v, 1);
  addTo(v, limbs[0]!, v.constant(-128 * FOLD_LOW));
  addTo(v, limbs[1]!, v.constant(-128 << FOLD_SHIFT));
  addTo(v, limbs[LIMBS - 1]!, v.constant(128 * 2 ** TOP_BITS));
  carry(v, limbs, v.shrS);
  foldTop(v, limbs);
  storeLimbs(v, limbs);
  return code;
}

/** (a): reduces limbs below 2^33 into digits of a number below p, in place. */
export function reduceFunction(): CodeWriter {
  const code = codeWriter(1);
  const v = values64(code);
  const limbs = loadLimbs(v, 0);
  carry(v, limbs);
  foldTop(v, limbs);
  carry(v, limbs);
  // Below 2^256 + 2^41 now: at or above p only if the top limb is full.
  const last = limbs[LIMBS - 1]!;
  code.localGet(last);
  code.i64Const(TOP_MASK);
  code.op(op.i64GeU);
  code.unlikely();
  code.if();
  const next = v.locals(LIMBS);
  v.setEach(next, i => v.get(limbs[i]!));
  addTo(v, next[0]!, v.constant(FOLD_LOW));
  addTo(v, next[1]!, v.constant(1 << FOLD_SHIFT));
  carry(v, next);
  code.localGet(next[LIMBS - 1]!);
  code.i64Const(TOP_BITS);
  code.op(op.i64ShrU);
  code.op(op.i32WrapI64);
  code.if();
  v.set(next[LIMBS - 1]!, v.and(v.get(next[LIMBS - 1]!), v.constant(TOP_MASK)));
  v.setEach(limbs, i => v.get(next[i]!));
  code.end();
  code.end();
  storeLimbs(v, limbs);
  return code;
}

/** (out, words): limbs of 32 bytes; any number. */
export function unpackFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values64(code);
  const words = v.locals(4);
  v.setEach(words, i => v.load(1, 8 * i));
  for (let i = 0; i < LIMBS; i++) {
    const word = Math.floor((i * BITS) / 64);
    const at = (i * BITS) % 64;
    const low = v.shrU(v.get(words[word]!), v.constant(at));
    const isSplit = at + BITS > 64 && word < 3;
    const digit = isSplit ? v.or(low, v.shl(v.get(words[word + 1]!), v.constant(64 - at))) : low;
    v.store(0, 8 * i, v.and(digit, v.constant(MASK)));
  }
  return code;
}

/** (words, a): 32 bytes of digits below 2^256. */
export function packFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values64(code);
  const limbs = loadLimbs(v, 1);
  for (let word = 0; word < 4; word++) {
    const parts: Value[] = [];
    limbs.forEach((limb, i) => {
      const at = i * BITS - 64 * word;
      if (at <= -BITS || at >= 64) return;
      parts.push(at < 0 ? v.shrU(v.get(limb), v.constant(-at)) : v.shl(v.get(limb), v.constant(at)));
    });
    v.store(0, 8 * word, parts.reduce(v.or));
  }
  return code;
}
