// Affine addition and doubling on secp256k1, y^2 = x^3 + 7, as a WebAssembly module with a memory of its own.
// Measured on Node 20: add and double 0.93 µs, 0.27 and 0.28 of the time of runtime/precompiles/weierstrass.ts; product 38 ns,
// square 27 ns, quotient 0.65 µs.

import { type CodeWriter, codeWriter } from './code.ts';
import * as field from './field256.ts';
import { access, op, valueType } from './instructions.ts';
import { negateFunction, QUOTIENT_BYTES, quotientFunction } from './inverse256.ts';
import { moduleWriter } from './module.ts';
import { type Value, type Values64, values64 } from './values64.ts';

const POINT_WORDS = 16;
const POINT = 4 * POINT_WORDS;

/** Where the operands are in the memory, in bytes; points are x then y, little-endian. */
export const CURVE_P = 0;
export const CURVE_Q: number = POINT;
export const CURVE_RESULT: number = 2 * POINT;

/**
 * Points that need no check when they come back, by the lowest bits of x: results, and operands that were checked. To be
 * filled at first with what is not reduced. In an Ethereum block (37,000 operands besides results just made) 98 % were
 * among 256 points, 95 % among 64.
 */
export const CURVE_KNOWN: number = 256 * POINT;
export const KNOWN_POINTS = 256;

const place = (index: number): number => 4 * POINT + field.ELEMENT * index;
const [X1, Y1, X2, Y2, SLOPE, S, T] = [0, 1, 2, 3, 4, 5, 6].map(place) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
/** Divisor, a place for p, dividend and quotient of `quotient`. */
export const CURVE_DIVISOR: number = place(7);
const DIVIDEND: number = CURVE_DIVISOR + 2 * field.ELEMENT;
const QUOTIENT: number = CURVE_DIVISOR + 3 * field.ELEMENT;

/** Elements of limbs for the field functions, free for the caller between calls. */
export const CURVE_SCRATCH: number = CURVE_DIVISOR + QUOTIENT_BYTES;

/** Indices of the functions that the curve's own call. */
interface Functions {
  readonly product: number;
  readonly square: number;
  readonly settle: number;
  readonly reduce: number;
  readonly unpack: number;
  readonly pack: number;
  readonly quotient: number;
  readonly onCurve: number;
  readonly remember: number;
  readonly point: number;
  readonly chord: number;
}

/**
 * Exports `memory`, of one page, and `add` and `double`, () → i32: 1 if the sum of P and Q or the double of P is in RESULT,
 * 0 if an operand is refused or the case is rare (equal x); nothing is changed then. The field's functions `product`,
 * `square`, `reduce`, `settle`, `unpack`, `pack` and `quotient` are exported too.
 */
export function secp256k1Module(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.export('memory', 'memory', module.memory({ min: 1, max: 1 }));
  const declare = (name: string, parameters: number, result: boolean): number =>
    module.declareFunction(
      module.type(
        Array.from({ length: parameters }, () => valueType.i32),
        result ? [valueType.i32] : [],
      ),
      name,
    );
  const negate = declare('negate', 2, false);
  const f: Functions = {
    product: declare('product', 3, false),
    square: declare('square', 2, false),
    settle: declare('settle', 2, false),
    reduce: declare('reduce', 1, false),
    unpack: declare('unpack', 2, false),
    pack: declare('pack', 2, false),
    quotient: declare('quotient', 0, true),
    onCurve: declare('onCurve', 1, true),
    remember: declare('remember', 1, false),
    point: declare('point', 2, true),
    chord: declare('chord', 0, false),
  };
  const bodies: readonly [string, number, CodeWriter][] = [
    ['negate', negate, negateFunction()],
    ['product', f.product, field.productFunction()],
    ['square', f.square, field.squareFunction()],
    ['settle', f.settle, field.settleFunction()],
    ['reduce', f.reduce, field.reduceFunction()],
    ['unpack', f.unpack, field.unpackFunction()],
    ['pack', f.pack, field.packFunction()],
    ['quotient', f.quotient, quotientFunction(CURVE_DIVISOR, negate)],
    ['onCurve', f.onCurve, onCurveFunction(f)],
    ['remember', f.remember, rememberFunction()],
    ['point', f.point, pointFunction(f)],
    ['chord', f.chord, chordFunction(f)],
    ['add', declare('add', 0, true), addFunction(f)],
    ['double', declare('double', 0, true), doubleFunction(f)],
  ];
  for (const [name, index, body] of bodies) {
    module.defineFunction(index, body);
    module.export(name, 'function', index);
  }
  return module.finish();
}

/** Calls a function on addresses. */
function call(code: CodeWriter, index: number, ...addresses: readonly number[]): void {
  for (const address of addresses) code.i32Const(address);
  code.call(index);
}

/** Stores limb by limb. */
function limbwise(v: Values64, out: number, value: (i: number, at: (element: number) => Value) => Value): void {
  for (let i = 0; i < field.LIMBS; i++) {
    v.store(
      undefined,
      out + 8 * i,
      value(i, element => v.load(undefined, element + 8 * i)),
    );
  }
}

/** out = a - b, not carried; limbs of b below 2^30 - 2^16. */
function difference(v: Values64, out: number, a: number, b: number): void {
  limbwise(v, out, (i, at) => v.add(v.sub(at(a), at(b)), v.constant(field.LIFT[i]!)));
}

/** Returns 0 from the function if the i32 on the stack is zero. */
function refuseUnless(code: CodeWriter): void {
  code.op(op.i32Eqz);
  code.unlikely();
  code.if();
  code.i32Const(0);
  code.op(op.return);
  code.end();
}

function pushIsZero(code: CodeWriter, v: Values64, element: number): void {
  Array.from({ length: field.LIMBS }, (_, i) => v.load(undefined, element + 8 * i)).reduce(v.or)();
  code.op(op.i64Eqz);
}

/** (words, element) → i32: unpacks a point into two elements; 0 if a coordinate is not reduced or it is off the curve. */
function pointFunction(f: Functions): CodeWriter {
  const code = codeWriter(2);
  const v = values64(code);
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
    code.i32Const(half * field.ELEMENT);
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
  const v = values64(code);
  const entry = knownEntry(code, 0);
  for (let at = 0; at < POINT; at += 8) v.store(entry, CURVE_KNOWN + at, v.load(0, at));
  return code;
}

/** (element) → i32: whether y^2 = x^3 + 7 for the point in this element and the next one. */
function onCurveFunction(f: Functions): CodeWriter {
  const code = codeWriter(1);
  const v = values64(code);
  code.i32Const(T);
  code.localGet(0);
  code.call(f.square);
  code.i32Const(T);
  code.i32Const(T);
  code.localGet(0);
  code.call(f.product);
  code.i32Const(S);
  code.localGet(0);
  code.i32Const(field.ELEMENT);
  code.op(op.i32Add);
  code.call(f.square);
  difference(v, T, T, S);
  v.store(undefined, T, v.add(v.load(undefined, T), v.constant(7)));
  call(code, f.reduce, T);
  pushIsZero(code, v, T);
  return code;
}

/** Divides what is at DIVIDEND by what is at CURVE_DIVISOR and leaves the third point of the chord of this slope in RESULT. */
function finish(code: CodeWriter, f: Functions): void {
  call(code, f.quotient);
  refuseUnless(code);
  call(code, f.chord);
  code.i32Const(1);
}

/** Third point of the chord through (x1, y1) and x2, of the slope at QUOTIENT. */
function chordFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values64(code);
  call(code, f.settle, SLOPE, QUOTIENT);
  call(code, f.square, S, SLOPE);
  limbwise(v, S, (i, at) => v.sub(v.add(at(S), v.constant(2 * field.LIFT[i]!)), v.add(at(X1), at(X2))));
  call(code, f.reduce, S);
  call(code, f.pack, CURVE_RESULT, S);
  difference(v, T, X1, S);
  call(code, f.product, T, T, SLOPE);
  difference(v, T, T, Y1);
  call(code, f.reduce, T);
  call(code, f.pack, CURVE_RESULT + POINT / 2, T);
  call(code, f.remember, CURVE_RESULT);
  return code;
}

function addFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values64(code);
  call(code, f.point, CURVE_P, X1);
  refuseUnless(code);
  call(code, f.point, CURVE_Q, X2);
  refuseUnless(code);
  difference(v, CURVE_DIVISOR, X2, X1);
  call(code, f.reduce, CURVE_DIVISOR);
  pushIsZero(code, v, CURVE_DIVISOR);
  code.op(op.i32Eqz);
  refuseUnless(code);
  difference(v, DIVIDEND, Y2, Y1);
  finish(code, f);
  return code;
}

/** No point of the curve has y = 0: its order is odd. */
function doubleFunction(f: Functions): CodeWriter {
  const code = codeWriter(0);
  const v = values64(code);
  call(code, f.point, CURVE_P, X1);
  refuseUnless(code);
  limbwise(v, X2, (_, at) => at(X1));
  limbwise(v, CURVE_DIVISOR, (_, at) => v.shl(at(Y1), v.constant(1)));
  call(code, f.reduce, CURVE_DIVISOR);
  call(code, f.square, DIVIDEND, X1);
  limbwise(v, DIVIDEND, (_, at) => v.mul(at(DIVIDEND), v.constant(3)));
  finish(code, f);
  return code;
}
