// Products modulo any prime of 254 to 256 bits on the limbs of digits256.ts, signed here: what is below 2^261 = R is
// divided out (Montgomery). Most digits of a prime that is a sum of few powers of two are zero and cost nothing.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { op } from '../../wasm/binary/instructions.ts';
import { type Values, values } from '../../wasm/binary/values.ts';
import { BITS, balancedDigits, digitsOf, LIMBS, MASK, negatedInverse } from './digits256.ts';
import { addMultiple, addTo, carry, loadLimbs, productColumns, storeLimbs } from './field256.ts';

export const MONTGOMERY_R: bigint = 1n << BigInt(BITS * LIMBS);

/**
 * (out, a, b): out = a b / R, of the sign of a b and between that quotient and p more. Limbs of the factors below A and B
 * in magnitude, with 9 A B < 2^63 - 2^61; those of the product are digits, but the last, which is signed.
 */
export function montgomeryFunction(p: bigint): CodeWriter {
  const code = codeWriter(3);
  const v = values(code, 64);
  const columns = productColumns(v, loadLimbs(v, 1), loadLimbs(v, 2));
  columns.push(v.local());
  const multiple = v.local();
  const digits = balancedDigits(p);
  for (let i = 0; i < LIMBS; i++) {
    const lowest = v.get(columns[i]!);
    v.set(multiple, v.and(v.mul(lowest, v.constant(negatedInverse(p))), v.constant(MASK)));
    for (const [j, digit] of digits.entries()) addMultiple(v, columns[i + j]!, v.get(multiple), digit);
    addTo(v, columns[i + 1]!, v.shrS(lowest, v.constant(BITS)));
  }
  const upper = columns.slice(LIMBS);
  carry(v, upper, v.shrS);
  storeLimbs(v, upper);
  return code;
}

/** Bits of the quotient that `reduceFunction` multiplies the last limb by. */
const RECIPROCAL_BITS = 50;

/** (a): reduces signed limbs of a number in [0, 128 p) into digits of one below p, in place. */
export function reduceSignedFunction(p: bigint): CodeWriter {
  const code = codeWriter(1);
  const v = values(code, 64);
  const limbs = loadLimbs(v, 0);
  const last = limbs[LIMBS - 1]!;
  carry(v, limbs, v.shrS);
  // The quotient by p, or one less.
  const quotient = v.local();
  const reciprocal = (1n << BigInt(BITS * (LIMBS - 1) + RECIPROCAL_BITS)) / p;
  v.set(quotient, v.shrU(v.mul(v.get(last), v.constant(reciprocal)), v.constant(RECIPROCAL_BITS)));
  for (const [i, digit] of balancedDigits(p).entries()) addMultiple(v, limbs[i]!, v.get(quotient), -digit);
  carry(v, limbs, v.shrS);
  code.localGet(last);
  code.i64Const(digitsOf(p)[LIMBS - 1]!);
  code.op(op.i64GeU);
  code.unlikely();
  code.if();
  const next = lessPrime(v, limbs, p);
  code.localGet(next[LIMBS - 1]!);
  code.i64Const(0);
  code.op(op.i64GeS);
  code.if();
  v.setEach(limbs, i => v.get(next[i]!));
  code.end();
  code.end();
  storeLimbs(v, limbs);
  return code;
}

/** (a) → i32: whether digits are of a number below p. */
export function isReducedFunction(p: bigint): CodeWriter {
  const code = codeWriter(1);
  const v = values(code, 64);
  const rest = lessPrime(v, loadLimbs(v, 0), p);
  code.localGet(rest[LIMBS - 1]!);
  code.i64Const(0);
  code.op(op.i64LtS);
  return code;
}

/** New locals with the limbs less p, carried. */
function lessPrime(v: Values, limbs: readonly number[], p: bigint): number[] {
  const digits = balancedDigits(p);
  const rest = v.locals(LIMBS);
  v.setEach(rest, i => v.sub(v.get(limbs[i]!), v.constant(digits[i]!)));
  carry(v, rest, v.shrS);
  return rest;
}
