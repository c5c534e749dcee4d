// Messages between SP1's shards lifted to points of y² = x³ + 45x + 41z³ over the septic extension of KoalaBear, and sums of
// such points, as a WebAssembly module: runtime/curves/global-points.ts without its lists.

import { LARGEST_Y6 } from '../../runtime/curves/global-points.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { POSEIDON2_EXTERNAL, POSEIDON2_INTERNAL } from '../../runtime/hashes/poseidon2.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { curveModule } from './curves/curve-module.ts';
import { refuseUnless } from './curves/curve256.ts';
import { inverseRootFunction, powerFunction, rootConstants } from './global-field.ts';
import { inForm, type KoalaBearValues, koalaBearValues, ONE, R2 } from './koala-bear.ts';
import {
  POSEIDON2_HALF_BYTES,
  poseidon2Constants,
  poseidon2ExternalFunction,
  poseidon2InternalFunction,
  poseidon2MixFunction,
} from './poseidon2.ts';
import {
  FROBENIUS_BYTES,
  frobeniusConstants,
  SEPTIC_BYTES,
  septicConstantFunction,
  septicDifferenceFunction,
  septicFrobeniusFunction,
  septicProductFunction,
  septicScaleFunction,
  septicSquaresFunction,
} from './septic.ts';

const DEGREE = 7;
/** Where the host writes eight u32, and finds the point: x, then y, seven canonical u32 each. */
export const GLOBAL_MESSAGE = 0;
export const GLOBAL_POINT = 64;
/** Where the host writes a second point for a sum, which is left at the first. */
export const GLOBAL_OTHER = 128;
/** Given for an offset where none of the 256 hashes is a coordinate. */
export const GLOBAL_NO_POINT = 256;

const STATE = 256;
const slot = (i: number): number => 512 + SEPTIC_BYTES * i;
const [X, A, C, U, W, B, T, PX, PY] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(slot) as [
  ...[number, number, number, number, number],
  ...[number, number, number, number],
];

/** Where the host writes `globalConstants`, in i64. */
export const GLOBAL_CONSTANTS = 4096;
const EXTERNAL = GLOBAL_CONSTANTS;
const INTERNAL = EXTERNAL + 8 * POSEIDON2_EXTERNAL.length;

/** All that the module reads and cannot be an immediate. */
export const globalConstants = (): number[] => [...poseidon2Constants(), ...frobeniusConstants(), ...rootConstants()];
const FROBENIUS = INTERNAL + 8 * POSEIDON2_INTERNAL.length;
const ROOTS = FROBENIUS + DEGREE * FROBENIUS_BYTES;

const SIGNATURES = {
  mix: [0],
  external: [1],
  internal: [1],
  product: [3],
  squares: [3],
  constant: [2, 'i32'],
  frobenius: [3],
  scale: [3],
  difference: [3],
  power: [2, 'i32'],
  inverseRoot: [1, 'i32'],
  read: [2],
  write: [2],
  conjugates: [2],
  hash: [2],
  curve: [0],
  root: [0],
  lift: [1, 'i32'],
  add: [0, 'i32'],
} as const;
type Index = Readonly<Record<keyof typeof SIGNATURES, number>>;

/**
 * Exports `memory`, of one page; `lift` (kind), which gives the offset and leaves the received point; `add`, which adds the
 * other point to the first, or gives 0 where their x are the same.
 */
export function globalModule(): Uint8Array<ArrayBuffer> {
  return curveModule(SIGNATURES, index => ({
    mix: poseidon2MixFunction(STATE),
    external: poseidon2ExternalFunction(STATE),
    internal: poseidon2InternalFunction(STATE),
    product: septicProductFunction(),
    squares: septicSquaresFunction(),
    constant: septicConstantFunction(),
    frobenius: septicFrobeniusFunction(),
    scale: septicScaleFunction(),
    difference: septicDifferenceFunction(),
    power: powerFunction(),
    inverseRoot: inverseRootFunction(index.power, ROOTS),
    read: readFunction(),
    write: writeFunction(),
    conjugates: conjugatesFunction(index),
    hash: hashFunction(index),
    curve: curveFunction(index),
    root: rootFunction(index),
    lift: liftFunction(index),
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

const map = (k: number): number => FROBENIUS + k * FROBENIUS_BYTES;

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

/** (kind, offset): X from the message. */
function hashFunction(index: Index): CodeWriter {
  const code = codeWriter(2);
  const call = caller(code);
  const v = koalaBearValues(code);
  const shifted =
    (parameter: number, bits: number): Value =>
    () => {
      code.localGet(parameter);
      code.op(op.i64ExtendI32U);
      code.i64Const(bits);
      code.op(op.i64Shl);
    };
  for (let i = 0; i < 16; i++) {
    const element = v.load(undefined, GLOBAL_MESSAGE + 4 * i, access.i64Load32U);
    const whole = i === 0 ? v.add(element, shifted(0, 24)) : i === 7 ? v.add(element, shifted(1, 16)) : element;
    v.store(undefined, STATE + 8 * i, i < 8 ? v.reducedSum(v.mul(whole, v.constant(R2))) : v.constant(0));
  }
  call(index.mix);
  call(index.external, EXTERNAL);
  call(index.internal, INTERNAL);
  call(index.external, EXTERNAL + POSEIDON2_HALF_BYTES);
  store(v, X, k => v.lowered(v.load(undefined, STATE + 8 * k)));
  return code;
}

function store(v: KoalaBearValues, to: number, value: (k: number) => Value): void {
  for (let k = 0; k < DEGREE; k++) v.store(undefined, to + 8 * k, v.centred(value(k)));
}

/** (): A = X³ + 45 X + 41 z³. */
function curveFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const v = koalaBearValues(code);
  call(index.squares, A, X, 1);
  call(index.product, A, A, X);
  store(v, A, k => {
    const linear = v.mul(v.load(undefined, X + 8 * k), v.constant(45));
    const sum = v.add(v.load(undefined, A + 8 * k), linear);
    return v.lowered(k === 3 ? v.add(sum, v.constant(inForm(41))) : sum);
  });
  return code;
}

/**
 * (): W = √A of a square. Some s has a s² in F_p, and then a s / √(a s²) is the root. Exponents modulo 1 + p + … + p^6:
 * with u = a^(2^23) and b = (u^(2^7) a)^p u, s = b · b^(p²) · b^(p⁴) · u^(p⁶).
 */
function rootFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  call(index.squares, U, A, 23);
  call(index.squares, W, U, 7);
  call(index.product, W, W, A);
  call(index.frobenius, W, W, map(1));
  call(index.product, B, W, U);
  call(index.frobenius, W, B, map(2));
  call(index.product, W, W, B);
  call(index.frobenius, B, B, map(4));
  call(index.product, W, W, B);
  call(index.frobenius, U, U, map(6));
  call(index.product, U, U, W); // s
  call(index.product, W, U, A);
  call(index.constant, W, U);
  code.call(index.inverseRoot);
  const inverse = code.addLocal(valueType.i32);
  code.localSet(inverse);
  code.i32Const(W);
  code.i32Const(W);
  code.localGet(inverse);
  code.call(index.scale);
  return code;
}

/** (kind): the least offset whose hash is the x of a point with a y of known sign. */
function liftFunction(index: Index): CodeWriter {
  const code = codeWriter(1);
  const call = caller(code);
  const v = koalaBearValues(code);
  const offset = code.addLocal(valueType.i32);
  const top = v.local();
  const p = v.constant(koalaBear.modulus);
  const found = code.block();
  const tries = code.loop();
  const failed = code.block();
  code.localGet(0);
  code.localGet(offset);
  code.call(index.hash);
  call(index.curve);
  call(index.conjugates, C, A);
  call(index.constant, A, C);
  code.i32Const((koalaBear.modulus - 1) / 2);
  code.call(index.power);
  code.i32Const(ONE);
  code.op(op.i32Ne);
  code.brIf(failed);
  call(index.root);
  v.set(top, v.canonical(v.reduced(v.load(undefined, W + 8 * (DEGREE - 1)))));
  v.eq(v.get(top), v.constant(0))();
  code.brIf(failed);
  v.leU(v.get(top), v.constant(LARGEST_Y6))();
  code.brIf(found);
  v.leU(v.sub(p, v.get(top)), v.constant(LARGEST_Y6))();
  code.op(op.i32Eqz);
  code.brIf(failed);
  for (let k = 0; k < DEGREE; k++) v.store(undefined, W + 8 * k, v.sub(v.constant(0), v.load(undefined, W + 8 * k)));
  code.br(found);
  code.end();
  code.localGet(offset);
  code.i32Const(1);
  code.op(op.i32Add);
  code.localTee(offset);
  code.i32Const(GLOBAL_NO_POINT);
  code.op(op.i32Ne);
  code.brIf(tries);
  code.end();
  code.end();
  call(index.write, GLOBAL_POINT, X);
  call(index.write, GLOBAL_POINT + 4 * DEGREE, W);
  code.localGet(offset);
  return code;
}

/** (): 1, and the sum of two points of different x. */
function addFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const norm = code.addLocal(valueType.i32);
  const [OX, OY, DX, DY] = [X, W, A, U];
  call(index.read, PX, GLOBAL_POINT);
  call(index.read, PY, GLOBAL_POINT + 4 * DEGREE);
  call(index.read, OX, GLOBAL_OTHER);
  call(index.read, OY, GLOBAL_OTHER + 4 * DEGREE);
  call(index.difference, DX, OX, PX);
  call(index.difference, DY, OY, PY);
  call(index.conjugates, C, DX);
  call(index.constant, DX, C);
  code.localTee(norm);
  refuseUnless(code);
  code.localGet(norm);
  code.i32Const(koalaBear.modulus - 2);
  code.call(index.power);
  code.localSet(norm);
  code.i32Const(C);
  code.i32Const(C);
  code.localGet(norm);
  code.call(index.scale);
  call(index.product, C, C, DY); // the slope
  call(index.squares, T, C, 1);
  call(index.difference, T, T, PX);
  call(index.difference, T, T, OX);
  call(index.difference, B, PX, T);
  call(index.product, B, B, C);
  call(index.difference, B, B, PY);
  call(index.write, GLOBAL_POINT, T);
  call(index.write, GLOBAL_POINT + 4 * DEGREE, B);
  code.i32Const(1);
  return code;
}
