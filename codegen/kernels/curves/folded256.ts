// Products modulo p = 2^256 - 2^32 - 977 on the limbs of digits256.ts: what is above 2^256 is folded down.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { op } from '../../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../../wasm/binary/values.ts';
import { BITS, LIMBS, MASK } from './digits256.ts';
import { addTo, carry, loadLimbs, productColumns, storeLimbs } from './field256.ts';

const TOP_BITS: number = 256 - 8 * BITS;
const TOP_MASK: number = 2 ** TOP_BITS - 1;

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
  const v = values(code, 64);
  foldColumns(v, productColumns(v, loadLimbs(v, 1), loadLimbs(v, 2)));
  return code;
}

/** (out, a): out = a^2, under the bounds of a product. */
export function squareFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values(code, 64);
  const a = loadLimbs(v, 1);
  const twice = v.locals(LIMBS);
  v.setEach(twice, i => v.shl(v.get(a[i]!), v.constant(1)));
  const columns = v.locals(2 * LIMBS - 1);
  v.setEach(columns, k => {
    const terms: Value[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); 2 * i <= k; i++) {
      terms.push(v.mul(v.get((2 * i < k ? twice : a)[i]!), v.get(a[k - i]!)));
    }
    return terms.reduce(v.add);
  });
  foldColumns(v, columns);
  return code;
}

/** Stores 17 columns at parameter 0 as limbs: what is from 2^261 on is folded digit by digit, then all is carried once. */
function foldColumns(v: Values, columns: readonly number[]): void {
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

/**
 * Folds what is above 2^256, with `more` times 2^256, into the lowest limbs. Limbs are tight then: below 2^29, but the
 * third, which may reach 2^29 + 2^23.
 */
function foldTop(v: Values, limbs: readonly number[], more?: Value): void {
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
  const v = values(code, 64);
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
  const v = values(code, 64);
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
