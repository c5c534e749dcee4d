// Messages between SP1's shards lifted to points of y² = x³ + 45x + 41z³ over the septic extension of KoalaBear, four at a time, as a
// WebAssembly module: a try says which of four hashes are coordinates, and roots are taken of four that are.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { access, op, vector } from '../../wasm/binary/instructions.ts';
import type { Value } from '../../wasm/binary/values.ts';
import { VECTOR_BYTES } from '../../wasm/binary/vector-values.ts';
import { curveModule } from '../curves/curve-module.ts';
import { inForm, MONTGOMERY_ONE, R2 } from '../koala-bear.ts';
import {
  DEGREE,
  MAP_WORDS,
  mapConstants,
  septicConstantFunction,
  septicFrobeniusFunction,
  septicProductFunction,
  septicScaleFunction,
  septicSquaresFunction,
  septicStored,
} from '../septic.ts';
import { coefficientLanes } from './coefficients.ts';
import { externalFunction, HALF_WORDS, internalFunction, laneHashConstants, mixFunction } from './poseidon2.ts';
import { digitTables, inverseRootsFunction, isSquareFunction } from './powers.ts';
import { normFunction } from './square-test.ts';

const RATE = 8;
export const LANES = 4;
const WIDTH = 16;

/** An element takes seven vectors. */
const slot = (i: number): number => 8 * VECTOR_BYTES * i;
const coefficient = (k: number): number => VECTOR_BYTES * k;
/** Where the host writes the eight words of four messages, canonical, each a vector. */
export const LANES_MESSAGE: number = slot(0);
/** Of a try: x and x³ + 45x + 41z³, as they are moved to the places of those whose roots are taken. */
export const LANES_TRIED: { readonly x: number; readonly right: number } = { x: slot(1), right: slot(2) };
export const LANES_CHOSEN: { readonly x: number; readonly right: number } = { x: slot(3), right: slot(4) };
/** Where the host finds x and a root of the right side, canonical words. */
export const LANES_POINT: { readonly x: number; readonly y: number } = { x: slot(5), y: slot(6) };
const [U, W, B, NUMBER, ODD, DIGITS] = [slot(7), slot(8), slot(9), slot(10), slot(11), slot(12)];
/** The state is two elements long. */
const STATE = slot(13);

const CONSTANTS = slot(16);
const HASH = CONSTANTS;
const MAPS = HASH + 4 * hashConstantCount();
const POWERS = MAPS + 4 * DEGREE * MAP_WORDS;

function hashConstantCount(): number {
  return laneHashConstants().length;
}

/** Where the host puts the tables of `lanesConstants`: words, then bytes. */
export function lanesConstants(): { readonly at: number; readonly words: Int32Array; readonly bytes: Uint8Array } {
  const { powers, digits } = digitTables();
  return { at: CONSTANTS, words: Int32Array.of(...laneHashConstants(), ...mapConstants(), ...powers), bytes: digits };
}

const SIGNATURES = {
  mix: [0],
  external: [1],
  internal: [1],
  product: [3],
  squares: [3],
  constant: [3],
  frobenius: [3],
  scale: [3],
  cubic: [3],
  norm: [3],
  isSquare: [2],
  inverseRoots: [2],
  hash: [0],
  try: [0, 'i32'],
  root: [0],
} as const;
type Index = Readonly<Record<keyof typeof SIGNATURES, number>>;

/**
 * Exports `memory`, of one page; `try`, which gives a bit for each message whose hash is an x of the curve, and from bit 4 one for
 * each of which that is not known; `root`.
 */
export function lanesModule(): Uint8Array<ArrayBuffer> {
  const { powers } = digitTables();
  return curveModule(SIGNATURES, index => ({
    mix: mixFunction(STATE),
    external: externalFunction(STATE),
    internal: internalFunction(STATE),
    product: septicProductFunction(coefficientLanes),
    squares: septicSquaresFunction(coefficientLanes),
    constant: septicConstantFunction(coefficientLanes),
    frobenius: septicFrobeniusFunction(coefficientLanes),
    scale: septicScaleFunction(coefficientLanes),
    cubic: cubicFunction(),
    norm: normFunction(),
    isSquare: isSquareFunction(),
    inverseRoots: inverseRootsFunction(DIGITS, POWERS + 4 * powers.length, POWERS),
    hash: hashFunction(index),
    try: tryFunction(index),
    root: rootFunction(index),
  }));
}

const caller =
  (code: CodeWriter) =>
  (index: number, ...parameters: readonly number[]): void => {
    for (const parameter of parameters) code.i32Const(parameter);
    code.call(index);
  };

/** (out, x², x): x³ + 45x + 41z³. */
function cubicFunction(): CodeWriter {
  return septicProductFunction(coefficientLanes, (v, x) => k => [
    [v.get(x[k]!), v.constant(inForm(45))],
    ...(k === 3 ? [[v.constant(inForm(41)), v.constant(MONTGOMERY_ONE)] as const] : []),
  ]);
}

/** (): the tried x, centred, from the messages. */
function hashFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const v = coefficientLanes(code);
  for (let i = 0; i < WIDTH; i++) {
    const word = v.product(v.load(undefined, LANES_MESSAGE + VECTOR_BYTES * i), v.constant(R2));
    v.store(undefined, STATE + VECTOR_BYTES * i, i < RATE ? v.canonical(word) : v.constant(0));
  }
  call(index.mix);
  call(index.external, HASH);
  call(index.internal, HASH + 8 * HALF_WORDS);
  call(index.external, HASH + 4 * HALF_WORDS);
  septicStored(v, undefined, LANES_TRIED.x, k => v.centred(v.load(undefined, STATE + coefficient(k))));
  return code;
}

/** (): see `lanesModule`. */
function tryFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const bits = (at: number): void => {
    code.i32Const(at);
    code.access(access.v128Load);
    code.vector(vector.i32x4Bitmask);
  };
  call(index.hash);
  call(index.squares, B, LANES_TRIED.x, 1);
  call(index.cubic, LANES_TRIED.right, B, LANES_TRIED.x);
  call(index.norm, NUMBER, LANES_TRIED.right, ODD);
  call(index.isSquare, NUMBER, NUMBER);
  bits(NUMBER);
  bits(ODD);
  code.i32Const(LANES);
  code.op(op.i32Shl);
  code.op(op.i32Or);
  return code;
}

/**
 * (): a root of the chosen right sides, which are squares. Some s has a s² in F_p, and then a s / √(a s²) is the root. Exponents
 * modulo 1 + p + … + p^6: with u = a^(2^23) and b = (u^(2^7) a)^p u, s = b · b^(p²) · b^(p⁴) · u^(p⁶).
 */
function rootFunction(index: Index): CodeWriter {
  const code = codeWriter(0);
  const call = caller(code);
  const map = (out: number, a: number, k: number): void => call(index.frobenius, out, a, MAPS + 4 * MAP_WORDS * k);
  const A = LANES_CHOSEN.right;
  call(index.squares, U, A, 23);
  call(index.squares, W, U, 7);
  call(index.product, W, W, A);
  map(W, W, 1);
  call(index.product, B, W, U);
  map(W, B, 2);
  call(index.product, W, W, B);
  map(B, B, 4);
  call(index.product, W, W, B);
  map(U, U, 6);
  call(index.product, U, U, W); // s
  call(index.product, W, U, A);
  call(index.constant, NUMBER, W, U);
  call(index.inverseRoots, NUMBER, NUMBER);
  call(index.scale, W, W, NUMBER);
  const v = coefficientLanes(code);
  const word = (at: number): Value => v.canonical(v.product(v.load(undefined, at), v.constant(1)));
  septicStored(v, undefined, LANES_POINT.x, k => word(LANES_CHOSEN.x + coefficient(k)));
  septicStored(v, undefined, LANES_POINT.y, k => word(W + coefficient(k)));
  return code;
}
