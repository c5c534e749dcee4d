// Products in KoalaBear (p = 127 · 2^24 + 1), or another field of 31 bits, on signed i64 in Montgomery's form of 2^32.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../wasm/binary/values.ts';

/** One in Montgomery's form: so small that multiples by it need no room. */
export const MONTGOMERY_ONE: number = koalaBear.r;

/** Of the numbers that stand for a, the one in [-p/2, p/2]. */
const centred = (a: number, { modulus }: PrimeField = koalaBear): number => (a > modulus / 2 ? a - modulus : a);
/** A canonical number in Montgomery's form, centred. */
export const inForm = (a: number): number => inFormOf(koalaBear, a);
/** The same in another field. */
const inFormOf = (field: PrimeField, a: number): number => centred(field.mul(a, field.r), field);
/** A product with it brings a number into Montgomery's form. */
export const R2: number = centred(koalaBear.r2);

interface FieldValues extends Values {
  /** t / 2^32 for |t| < 2^63 - 2^62: at most |t| / 2^32 + p / 2. */
  reduced(t: Value): Value;
  /** As `reduced`, for any t; an instruction more, since the difference of its words could overflow as one. */
  reducedSum(t: Value): Value;
  /** From |y| < k p what is below 2^30 + k (2^31 - p). */
  lowered(y: Value): Value;
  /** From |y| <= 3/2 p what is in [-p/2, p/2]. */
  centred(y: Value): Value;
  /** From |y| < p what is in [0, p). */
  canonical(y: Value): Value;
  /** An i32 as a value. */
  wide(y: Value): Value;
  /** A value as an i32. */
  narrow(y: Value): Value;
}

export type KoalaBearValues = FieldValues;

/** All instructions go to `code`. */
export const koalaBearValues = (code: CodeWriter): KoalaBearValues => fieldValues(code, koalaBear);

/** The same in another field of 31 bits. */
function fieldValues(code: CodeWriter, { modulus, negativeInverse }: PrimeField): FieldValues {
  const half = (modulus - 1) / 2;
  const v = values(code, 64);
  const scratch = v.local();
  const p = v.constant(modulus);
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
    code.i32Const(-negativeInverse);
    code.op(op.i32Mul);
  };
  const excess: Value = () => {
    v.gtS(known, v.constant(half))();
    v.ltS(known, v.constant(-half))();
    code.op(op.i32Sub);
  };
  return {
    ...v,
    narrow,
    wide,
    reduced: t => () => {
      v.set(scratch, t);
      v.shrS(v.sub(known, v.mul(wide(quotient), p)), v.constant(32))();
    },
    reducedSum: t => () => {
      v.set(scratch, t);
      const multiple = v.mul(wide(quotient), p);
      v.sub(v.shrS(known, v.constant(32)), v.shrS(multiple, v.constant(32)))();
    },
    lowered: y => () => {
      v.set(scratch, y);
      v.sub(known, v.mul(v.shrS(v.add(known, v.constant(2 ** 30)), v.constant(31)), p))();
    },
    centred: y => () => {
      v.set(scratch, y);
      v.sub(known, v.mul(wide(excess), p))();
    },
    canonical: y => () => {
      v.set(scratch, y);
      v.add(known, v.and(v.shrS(known, v.constant(63)), p))();
    },
  };
}
