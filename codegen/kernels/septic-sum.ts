// Sums of two points of y² = x³ + 45x + 41z³ over the septic extension of KoalaBear as a WebAssembly module: `addPoints` of
// runtime/curves/septic.ts without its lists.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import { curveModule } from './curves/curve-module.ts';
import { refuseUnless } from './curves/curve256.ts';
import { type KoalaBearValues, koalaBearValues, MONTGOMERY_ONE, R2 } from './koala-bear.ts';
import {
  type CoefficientValues,
  DEGREE,
  MAP_WORDS,
  mapConstants,
  septicConstantFunction,
  septicFrobeniusFunction,
  septicProductFunction,
  septicScaleFunction,
  septicSquaresFunction,
  septicStored,
} from './septic.ts';

/** Of a coefficient, and of a word of a table. */
const NUMBER_BYTES = 8;
/** Where the host writes a point, x, then y, seven canonical u32 each, and finds the sum. */
export const SUM_POINT = 0;
/** Where the host writes a second point. */
export const SUM_OTHER = 64;

/** An element takes seven numbers. */
const slot = (i: number): number => 128 + 8 * NUMBER_BYTES * i;
const [X, A, C, U, W, B, T, PX, PY, NORM] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(slot) as [
  ...[number, number, number, number, number],
  ...[number, number, number, number, number],
];

/** Where the host writes `sumConstants`, in i64. */
export const SUM_CONSTANTS = 1024;

/** All that the module reads and cannot be an immediate. */
export const sumConstants: () => number[] = mapConstants;

const SIGNATURES = {
  product: [3],
  squares: [3],
  constant: [3],
  frobenius: [3],
  scale: [3],
  difference: [3],
  inverse: [1],
  read: [2],
  write: [2],
  conjugates: [2],
  add: [0, 'i32'],
} as const;
type Index = Readonly<Record<keyof typeof SIGNATURES, number>>;

/** Exports `memory`, of one page, and `add`, which adds the other point to the first, or gives 0 where their x are the same. */
export function sumModule(): Uint8Array<ArrayBuffer> {
  return curveModule(SIGNATURES, index => ({
    product: septicProductFunction(coefficients),
    squares: septicSquaresFunction(coefficients),
    constant: septicConstantFunction(coefficients),
    frobenius: septicFrobeniusFunction(coefficients),
    scale: septicScaleFunction(coefficients),
    difference: differenceFunction(),
    inverse: inverseFunction(),
    read: readFunction(),
    write: writeFunction(),
    conjugates: conjugatesFunction(index),
    add: addFunction(index),
  }));
}

/** A call with constants; what it gives stays on the stack. */
const caller =
  (code: CodeWriter) =>
  (index: number, ...parameters: readonly number[]): void => {
    for (const parameter of parameters) code.i32Const(parameter);
    code.call(index);
  };

const map = (k: number): number => SUM_CONSTANTS + NUMBER_BYTES * MAP_WORDS * k;

function coefficients(code: CodeWriter): KoalaBearValues & CoefficientValues {
  const v = koalaBearValues(code);
  return {
    ...v,
    bytes: NUMBER_BYTES,
    entry: (table, index) => v.load(table, NUMBER_BYTES * index),
    twice: a => v.shl(a, v.constant(1)),
  };
}

/** (out, a, b): out = a - b. */
function differenceFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = coefficients(code);
  septicStored(v, 0, 0, k => v.centred(v.sub(v.load(1, v.bytes * k), v.load(2, v.bytes * k))));
  return code;
}

/** (out, a): an element from seven canonical u32. */
function readFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearValues(code);
  for (let i = 0; i < DEGREE; i++) {
    const value = v.load(1, 4 * i, access.i64Load32U);
    v.store(0, 8 * i, v.centred(v.reduced(v.mul(value, v.constant(R2)))));
  }
  return code;
}

/** (out, a): the reverse. */
function writeFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearValues(code);
  for (let i = 0; i < DEGREE; i++) {
    v.store(0, 4 * i, v.canonical(v.reduced(v.load(1, 8 * i))), access.i64Store32);
  }
  return code;
}

/** (n): a number becomes its inverse, by n^(p - 2). */
function inverseFunction(): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearValues(code);
  const [base, result] = [v.local(), v.local()];
  const exponent = code.addLocal(valueType.i32);
  v.set(base, v.load(0, 0));
  v.set(result, v.constant(MONTGOMERY_ONE));
  code.i32Const(koalaBear.modulus - 2);
  code.localSet(exponent);
  const again = code.loop();
  code.localGet(exponent);
  code.i32Const(1);
  code.op(op.i32And);
  code.if();
  v.set(result, v.reduced(v.mul(v.get(result), v.get(base))));
  code.end();
  v.set(base, v.reduced(v.mul(v.get(base), v.get(base))));
  code.localGet(exponent);
  code.i32Const(1);
  code.op(op.i32ShrU);
  code.localTee(exponent);
  code.brIf(again);
  code.end();
  v.store(0, 0, v.centred(v.get(result)));
  return code;
}

/** (out, a): a^(p + … + p^6), which times a is the norm. */
function conjugatesFunction(index: Index): CodeWriter {
  const code = codeWriter(2);
  const call = caller(code);
  for (const k of [1, 2]) {
    code.i32Const([0, T, B][k]!);
    code.localGet(1);
    code.i32Const(map(k));
    code.call(index.frobenius);
  }
  call(index.product, B, B, T); // a^(p + p²)
  call(index.frobenius, T, B, map(2));
  call(index.product, T, T, B);
  call(index.frobenius, B, B, map(4));
  code.localGet(0);
  code.i32Const(T);
  code.i32Const(B);
  code.call(index.product);
  return code;
}

/** (): 1, and the sum of two points of different x. */
function addFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const [OX, OY, DX, DY] = [X, W, A, U];
  call(index.read, PX, SUM_POINT);
  call(index.read, PY, SUM_POINT + 4 * DEGREE);
  call(index.read, OX, SUM_OTHER);
  call(index.read, OY, SUM_OTHER + 4 * DEGREE);
  call(index.difference, DX, OX, PX);
  call(index.difference, DY, OY, PY);
  call(index.conjugates, C, DX);
  call(index.constant, NORM, DX, C);
  code.i32Const(NORM);
  code.access(access.i32Load);
  refuseUnless(code);
  call(index.inverse, NORM);
  call(index.scale, C, C, NORM);
  call(index.product, C, C, DY); // the slope
  call(index.squares, T, C, 1);
  call(index.difference, T, T, PX);
  call(index.difference, T, T, OX);
  call(index.difference, B, PX, T);
  call(index.product, B, B, C);
  call(index.difference, B, B, PY);
  call(index.write, SUM_POINT, T);
  call(index.write, SUM_POINT + 4 * DEGREE, B);
  code.i32Const(1);
  return code;
}
