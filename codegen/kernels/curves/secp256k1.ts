// Affine addition and doubling on secp256k1, y^2 = x^3 + 7, as a WebAssembly module with a memory of its own.
// Measured on Node 20: add and double of known points 0.93 µs, 0.27 and 0.29 of the time of
// runtime/curves/weierstrass.ts; product 38 ns, square 27 ns, quotient 0.65 µs.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { access, op, valueType } from '../../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../../wasm/binary/values.ts';
import { CURVE_SIGNATURES, curveModule } from './curve-module.ts';
import {
  CURVE_P,
  CURVE_Q,
  CURVE_RESULT,
  callOn,
  chordPoint,
  element,
  limbwise,
  POINT,
  pushIsZero,
  refuseUnless,
} from './curve256.ts';
import { ELEMENT } from './digits256.ts';
import { packFunction, unpackFunction } from './field256.ts';
import { LIFT, productFunction, reduceFunction, settleFunction, squareFunction } from './folded256.ts';
import { negateFunction, quotientFunction } from './inverse256.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;

/**
 * Points that need no check when they come back, by the lowest bits of x: results, and operands that were checked. To be
 * filled at first with what is not reduced. In an Ethereum block (37,000 operands besides results just made) 98 % were
 * among 256 points, 95 % among 64.
 */
export const CURVE_KNOWN: number = 256 * POINT;
export const KNOWN_POINTS = 256;

const SIGNATURES = {
  ...CURVE_SIGNATURES,
  square: [2],
  settle: [2],
  onCurve: [1, 'i32'],
  remember: [1],
} as const;

type Functions = Readonly<Record<keyof typeof SIGNATURES, number>>;

/**
 * Exports `memory`, of one page, and `add` and `double`, () → i32: 1 if the sum of P and Q or the double of P is in RESULT,
 * 0 if an operand is refused or the case is rare (equal x); nothing is changed then. Its other functions are exported for
 * tests.
 */
export function secp256k1Module(): Uint8Array<ArrayBuffer> {
  return curveModule(SIGNATURES, f => ({
    negate: negateFunction(),
    product: productFunction(),
    square: squareFunction(),
    settle: settleFunction(),
    reduce: reduceFunction(),
    unpack: unpackFunction(),
    pack: packFunction(),
    quotient: quotientFunction(P, element.divisor, f.negate),
    onCurve: onCurveFunction(f),
    remember: rememberFunction(),
    point: pointFunction(f),
    chord: chordFunction(f),
    add: addFunction(f),
    double: doubleFunction(f),
  }));
}

/** out = a - b, not carried; limbs of b below 2^30 - 2^16. */
function difference(v: Values, out: number, a: number, b: number): void {
  limbwise(v, out, (i, at) => v.add(v.sub(at(a), at(b)), v.constant(LIFT[i]!)));
}

/** (words, element) → i32: unpacks a point into two elements; 0 if a coordinate is not reduced or it is off the curve. */
function pointFunction(f: Functions): CodeWriter {
  const code = codeWriter(2);
  const v = values(code, 64);
  const words = v.locals(8);
  v.setEach(words, i => v.load(0, 8 * i));
  for (const half of [words.slice(0, 4), words.slice(4)]) {
    const [low, ...upper] = half.map(v.get) as [Value, ...Value[]];
    upper.reduce(v.and)();
    code.i64Const(-1);
    code.op(op.i64Ne);
    low();
    code.i64Const(-(2n ** 32n) - 977n);
    code.op(op.i64LtU);
    code.op(op.i32Or);
    refuseUnless(code);
  }
  for (const half of [0, 1]) {
    code.localGet(1);
    code.i32Const(half * ELEMENT);
    code.op(op.i32Add);
    code.localGet(0);
    code.i32Const((half * POINT) / 2);
    code.op(op.i32Add);
    code.call(f.unpack);
  }
  const entry = knownEntry(code, 0);
  words.map((word, i) => v.xor(v.get(word), v.load(entry, CURVE_KNOWN + 8 * i))).reduce(v.or)();
  code.op(op.i64Eqz);
  code.if();
  code.i32Const(1);
  code.op(op.return);
  code.end();
  code.localGet(1);
  code.call(f.onCurve);
  refuseUnless(code);
  for (const [i, word] of words.entries()) v.store(entry, CURVE_KNOWN + 8 * i, v.get(word));
  code.i32Const(1);
  return code;
}

/** A new local with the offset among the known points of the point whose words are at the address in local `words`. */
function knownEntry(code: CodeWriter, words: number): number {
  const entry = code.addLocal(valueType.i32);
  code.localGet(words);
  code.access(access.i32Load);
  code.i32Const(KNOWN_POINTS - 1);
  code.op(op.i32And);
  code.i32Const(POINT);
  code.op(op.i32Mul);
  code.localSet(entry);
  return entry;
}

/** (words): a point becomes known. */
function rememberFunction(): CodeWriter {
  const code = codeWriter(1);
  const v = values(code, 64);
  const entry = knownEntry(code, 0);
  for (let at = 0; at < POINT; at += 8) v.store(entry, CURVE_KNOWN + at, v.load(0, at));
  return code;
}

/** (element) → i32: whether y^2 = x^3 + 7 for the point in this element and the next one. */
function onCurveFunction(f: Functions): CodeWriter {
  const code = codeWriter(1);
  const v = values(code, 64);
  code.i32Const(element.t);
  code.localGet(0);
  code.call(f.square);
  code.i32Const(element.t);
  code.i32Const(element.t);
  code.localGet(0);
  code.call(f.product);
  code.i32Const(element.s);
  code.localGet(0);
  code.i32Const(ELEMENT);
  code.op(op.i32Add);
  code.call(f.square);
  difference(v, element.t, element.t, element.s);
  v.store(undefined, element.t, v.add(v.load(undefined, element.t), v.constant(7)));
  callOn(code, f.reduce, element.t);
  pushIsZero(code, v, element.t);
  return code;
}

/** Third point of the chord through (x1, y1) and x2, whose slope is the quotient. */
function chordFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values(code, 64);
  callOn(code, f.settle, element.slope, element.quotient);
  callOn(code, f.square, element.s, element.slope);
  limbwise(v, element.s, (i, at) =>
    v.sub(v.add(at(element.s), v.constant(2 * LIFT[i]!)), v.add(at(element.x1), at(element.x2))),
  );
  callOn(code, f.reduce, element.s);
  callOn(code, f.pack, CURVE_RESULT, element.s);
  difference(v, element.t, element.x1, element.s);
  callOn(code, f.product, element.t, element.t, element.slope);
  difference(v, element.t, element.t, element.y1);
  callOn(code, f.reduce, element.t);
  callOn(code, f.pack, CURVE_RESULT + POINT / 2, element.t);
  callOn(code, f.remember, CURVE_RESULT);
  return code;
}

function addFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values(code, 64);
  callOn(code, f.point, CURVE_P, element.x1);
  refuseUnless(code);
  callOn(code, f.point, CURVE_Q, element.x2);
  refuseUnless(code);
  difference(v, element.divisor, element.x2, element.x1);
  difference(v, element.dividend, element.y2, element.y1);
  chordPoint(code, v, f);
  return code;
}

function doubleFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values(code, 64);
  callOn(code, f.point, CURVE_P, element.x1);
  refuseUnless(code);
  limbwise(v, element.x2, (_, at) => at(element.x1));
  limbwise(v, element.divisor, (_, at) => v.shl(at(element.y1), v.constant(1)));
  callOn(code, f.square, element.dividend, element.x1);
  limbwise(v, element.dividend, (_, at) => v.mul(at(element.dividend), v.constant(3)));
  chordPoint(code, v, f);
  return code;
}
