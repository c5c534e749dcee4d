// Products in KoalaBear (p = 127 · 2^24 + 1) on signed i64 in Montgomery's form of 2^32.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../wasm/binary/values.ts';

const P = koalaBear.modulus;
const HALF = (P - 1) / 2;

/** One in Montgomery's form: so small that multiples by it need no room. */
export const MONTGOMERY_ONE: number = koalaBear.r;

/** Of the numbers that stand for a, the one in [-p/2, p/2]. */
const centred = (a: number): number => (a > P / 2 ? a - P : a);
/** A canonical number in Montgomery's form, centred. */
export const inForm = (a: number): number => centred(koalaBear.mul(a, koalaBear.r));
/** A product with it brings a number into Montgomery's form. */
export const R2: number = centred(koalaBear.r2);

/** Factors of a product. */
export type Pair = readonly [a: Value, b: Value];

export interface KoalaBearValues extends Values {
  /** t / 2^32 for |t| < 2^63 - 2^62: at most |t| / 2^32 + p / 2. */
  reduced(t: Value): Value;
  /** The sum of at most eight products of centred operands, divided by 2^32: centred. */
  sum(...products: readonly Pair[]): Value;
  /** From |y| <= 3/2 p what is in [-p/2, p/2]. */
  centred(y: Value): Value;
  /** From |y| < p what is in [0, p). */
  canonical(y: Value): Value;
  /** A value as an i32. */
  narrow(y: Value): Value;
}

/** All instructions go to `code`. */
export function koalaBearValues(code: CodeWriter): KoalaBearValues {
  const v = values(code, 64);
  const scratch = v.local();
  const p = v.constant(P);
  const convert =
    (opcode: typeof op.i32WrapI64 | typeof op.i64ExtendI32S) =>
    (y: Value): Value =>
    () => {
      y();
      code.op(opcode);
    };
  const narrow = convert(op.i32WrapI64);
  const wide = convert(op.i64ExtendI32S);
  const known = v.get(scratch);
  const quotient: Value = () => {
    narrow(known)();
    // 1 / p mod 2^32.
    code.i32Const(-koalaBear.negativeInverse);
    code.op(op.i32Mul);
  };
  const excess: Value = () => {
    v.gtS(known, v.constant(HALF))();
    v.ltS(known, v.constant(-HALF))();
    code.op(op.i32Sub);
  };
  /** As `reduced`, for any t; an instruction more, since the difference of its words could overflow as one. */
  const reducedSum =
    (t: Value): Value =>
    () => {
      v.set(scratch, t);
      const multiple = v.mul(wide(quotient), p);
      v.sub(v.shrS(known, v.constant(32)), v.shrS(multiple, v.constant(32)))();
    };
  const centredValue =
    (y: Value): Value =>
    () => {
      v.set(scratch, y);
      v.sub(known, v.mul(wide(excess), p))();
    };
  return {
    ...v,
    narrow,
    reduced: t => () => {
      v.set(scratch, t);
      v.shrS(v.sub(known, v.mul(wide(quotient), p)), v.constant(32))();
    },
    centred: centredValue,
    sum: (...products) => centredValue(reducedSum(products.map(([a, b]) => v.mul(a, b)).reduce(v.add))),
    canonical: y => () => {
      v.set(scratch, y);
      v.add(known, v.and(v.shrS(known, v.constant(63)), p))();
    },
  };
}
