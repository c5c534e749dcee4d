// What the functions of curves over the fields of field256.ts share: their memory, and pieces of code.

import type { CodeWriter } from '../../wasm/binary/code.ts';
import { op } from '../../wasm/binary/instructions.ts';
import type { Value, Values } from '../../wasm/binary/values.ts';
import { ELEMENT, LIMBS } from './digits256.ts';
import { QUOTIENT_BYTES } from './inverse256.ts';

/** Bytes of a point: x then y, little-endian. */
export const POINT = 64;

/** Where points are in the memory, in bytes: the operands and what became of them. */
export const CURVE_P = 0;
export const CURVE_Q: number = POINT;
export const CURVE_RESULT: number = 2 * POINT;

const place = (index: number): number => 4 * POINT + ELEMENT * index;

type ElementName = 'x1' | 'y1' | 'x2' | 'y2' | 'slope' | 's' | 't' | 'divisor' | 'dividend' | 'quotient';

/** Addresses of elements. */
export const element: Readonly<Record<ElementName, number>> = {
  x1: place(0),
  y1: place(1),
  x2: place(2),
  y2: place(3),
  slope: place(4),
  s: place(5),
  t: place(6),
  /** Divisor, a place for p, dividend and quotient of `quotientFunction`. */
  divisor: place(7),
  dividend: place(9),
  quotient: place(10),
};

/** Elements that are free for the caller between calls. */
export const CURVE_SCRATCH: number = element.divisor + QUOTIENT_BYTES;

/** Calls a function on addresses. */
export function callOn(code: CodeWriter, index: number, ...addresses: readonly number[]): void {
  for (const address of addresses) code.i32Const(address);
  code.call(index);
}

/** Stores limb by limb. */
export function limbwise(v: Values, out: number, value: (i: number, at: (address: number) => Value) => Value): void {
  for (let i = 0; i < LIMBS; i++) {
    v.store(
      undefined,
      out + 8 * i,
      value(i, address => v.load(undefined, address + 8 * i)),
    );
  }
}

/** Returns 0 from the function if the i32 on the stack is zero. */
export function refuseUnless(code: CodeWriter): void {
  code.op(op.i32Eqz);
  code.unlikely();
  code.if();
  code.i32Const(0);
  code.op(op.return);
  code.end();
}

/** Ends `add` and `double`, whose dividend and divisor are set: the third point of the chord of that slope, then 1; or 0. */
export function chordPoint(
  code: CodeWriter,
  v: Values,
  f: Readonly<Record<'reduce' | 'quotient' | 'chord', number>>,
): void {
  callOn(code, f.reduce, element.divisor);
  pushIsZero(code, v, element.divisor);
  code.op(op.i32Eqz);
  refuseUnless(code);
  callOn(code, f.quotient);
  refuseUnless(code);
  callOn(code, f.chord);
  code.i32Const(1);
}

/** An i32: whether all limbs are zero. */
export function pushIsZero(code: CodeWriter, v: Values, address: number): void {
  Array.from({ length: LIMBS }, (_, i) => v.load(undefined, address + 8 * i)).reduce(v.or)();
  code.op(op.i64Eqz);
}
