// Quotients modulo a prime on the limbs of digits256.ts by the binary Euclidean algorithm on approximations: 29 halvings are decided on
// one i64 of each number, its lowest 29 bits and its 34 leading ones, without branches, and then applied to all limbs by
// a matrix (T. Pornin, "Optimized Binary GCD for Modular Inversion", https://eprint.iacr.org/2020/972, here with all
// zeros of a difference shifted out at once). A wrong comparison only costs a change of sign.

import { type CodeWriter, codeWriter, type Label } from '../../wasm/binary/code.ts';
import { op, valueType } from '../../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../../wasm/binary/values.ts';
import { BITS, balancedDigits, digitsOf, ELEMENT, LIMBS, MASK, negatedInverse } from './digits256.ts';
import { addMultiple } from './field256.ts';

/** Two numbers below 2^256 have no more than 511 halvings. */
const PASSES = 24;

/** Four elements in a row: the divisor a and b = p, then u and v with a = u x / y and b = v x / y. */
interface Places {
  readonly a: number;
  readonly b: number;
  readonly u: number;
  readonly v: number;
}

export const QUOTIENT_BYTES: number = 4 * ELEMENT;

interface Registers {
  readonly p: bigint;
  /** Offset in bytes of the highest limb that is not zero in both numbers. */
  readonly top: number;
  readonly a: number;
  readonly b: number;
  /** Matrix rows as f + g 2^32, modulo 2^64. */
  readonly rowA: number;
  readonly rowB: number;
  readonly f0: number;
  readonly g0: number;
  readonly f1: number;
  readonly g1: number;
}

/**
 * () → i32: at `at`, u / a in v, in signed limbs of a magnitude below 128 p; 0 if there is no quotient. a holds the digits
 * of a number below p, u limbs of a number below 98 p.
 */
export function quotientFunction(p: bigint, at: number, negate: number): CodeWriter {
  const code = codeWriter(0);
  const v = values(code, 64);
  const places: Places = { a: at, b: at + ELEMENT, u: at + 2 * ELEMENT, v: at + 3 * ELEMENT };
  const top = code.addLocal(valueType.i32);
  const pass = code.addLocal(valueType.i32);
  const [a, b, rowA, rowB, f0, g0, f1, g1] = v.locals(8) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const r: Registers = { p, top, a, b, rowA, rowB, f0, g0, f1, g1 };
  start(code, v, places, r);
  const isSmall = code.block();
  const passes = code.loop();
  approximate(code, v, places, r, isSmall);
  halve(code, v, r);
  unpackRows(code, v, r);
  applyToNumbers(code, v, places, r, negate);
  applyToCofactors(v, r.p, places, cofactorRows(v, places, r));
  code.localGet(pass);
  code.i32Const(1);
  code.op(op.i32Add);
  code.localTee(pass);
  code.i32Const(PASSES);
  code.op(op.i32LtU);
  code.brIf(passes);
  code.end();
  code.i32Const(0);
  code.op(op.return);
  code.end();
  finishSmall(code, v, places, r);
  code.i32Const(1);
  return code;
}

/** Goes on with a and b below 2^58 in one local each, until a is zero. */
function finishSmall(code: CodeWriter, v: Values, places: Places, r: Registers): void {
  v.set(r.a, exact(v, places.a));
  v.set(r.b, exact(v, places.b));
  const done = code.block();
  const passes = code.loop();
  const rows = cofactorRows(v, places, r);
  code.localGet(r.a);
  code.op(op.i64Eqz);
  code.brIf(done);
  halve(code, v, r);
  unpackRows(code, v, r);
  code.localGet(r.a);
  code.op(op.i64Eqz);
  code.if();
  applyToCofactors(v, r.p, places, rows.slice(1));
  code.br(done);
  code.end();
  applyToCofactors(v, r.p, places, rows);
  code.br(passes);
  code.end();
  code.end();
}

function start(code: CodeWriter, v: Values, { b, v: cofactor }: Places, { p, top }: Registers): void {
  for (const [i, digit] of digitsOf(p).entries()) {
    v.store(undefined, b + 8 * i, v.constant(digit));
    v.store(undefined, cofactor + 8 * i, v.constant(0));
  }
  code.i32Const(8 * (LIMBS - 1));
  code.localSet(top);
}

/** Leaves to `isSmall` when a and b are below 2^58; b is odd and never zero. */
function approximate(code: CodeWriter, v: Values, places: Places, r: Registers, isSmall: Label): void {
  const size = v.local();
  const lower = code.loop();
  v.set(size, v.or(v.load(r.top, places.a), v.load(r.top, places.b)));
  code.localGet(size);
  code.op(op.i64Eqz);
  code.if();
  code.localGet(r.top);
  code.i32Const(8);
  code.op(op.i32Sub);
  code.localSet(r.top);
  code.br(lower);
  code.end();
  code.end();
  code.localGet(r.top);
  code.i32Const(8);
  code.op(op.i32LeU);
  code.brIf(isSmall);
  // The leading 58 bits, of which 34 are kept.
  const unused = v.local();
  v.set(unused, v.sub(clz(code, v.get(size)), v.constant(64 - BITS)));
  for (const [place, register] of [
    [places.a, r.a],
    [places.b, r.b],
  ] as const) {
    const upper = v.or(v.shl(v.load(r.top, place), v.constant(BITS)), v.load(r.top, place - 8));
    const rest = v.shrU(v.load(r.top, place - 16), v.sub(v.constant(BITS), v.get(unused)));
    const leading = v.shrU(v.or(v.shl(upper, v.get(unused)), rest), v.constant(24));
    v.set(register, v.or(v.shl(leading, v.constant(BITS)), v.load(undefined, place)));
  }
}

const exact = (v: Values, place: number): Value =>
  v.or(v.shl(v.load(undefined, place + 8), v.constant(BITS)), v.load(undefined, place));

const clz =
  (code: CodeWriter, value: Value): Value =>
  () => {
    value();
    code.op(op.i64Clz);
  };

/** 29 halvings of a, with the smaller of a and b subtracted from the larger whenever a is odd. */
function halve(code: CodeWriter, v: Values, { a, b, rowA, rowB }: Registers): void {
  const [guard, zeros, difference, rowDifference, sign] = v.locals(5) as [number, number, number, number, number];
  v.set(rowA, v.constant(1));
  v.set(rowB, v.constant(1n << 32n));
  v.set(guard, v.constant(-(2 ** BITS)));
  v.set(difference, v.get(a));
  const end = code.block();
  const step = code.loop();
  v.set(zeros, () => {
    v.or(v.get(difference), v.get(guard))();
    code.op(op.i64Ctz);
  });
  v.set(a, v.shrU(v.get(a), v.get(zeros)));
  v.set(rowB, v.shl(v.get(rowB), v.get(zeros)));
  v.set(guard, v.shrS(v.get(guard), v.get(zeros)));
  code.localGet(guard);
  code.i64Const(-1);
  code.op(op.i64Eq);
  code.brIf(end);
  v.set(difference, v.sub(v.get(a), v.get(b)));
  v.set(rowDifference, v.sub(v.get(rowA), v.get(rowB)));
  v.set(sign, v.shrS(v.get(difference), v.constant(63)));
  for (const [larger, smaller, d] of [
    [a, b, difference],
    [rowA, rowB, rowDifference],
  ] as const) {
    v.set(smaller, v.add(v.get(smaller), v.and(v.get(d), v.get(sign))));
    v.set(larger, v.sub(v.xor(v.get(d), v.get(sign)), v.get(sign)));
  }
  code.br(step);
  code.end();
  code.end();
}

function unpackRows(code: CodeWriter, v: Values, { rowA, rowB, f0, g0, f1, g1 }: Registers): void {
  for (const [row, f, g] of [
    [rowA, f0, g0],
    [rowB, f1, g1],
  ] as const) {
    v.set(f, () => {
      code.localGet(row);
      code.op(op.i64Extend32S);
    });
    v.set(g, v.shrS(v.sub(v.get(row), v.get(f)), v.constant(32)));
  }
}

/** (a, b) := the matrix times (a, b) / 2^29, up to limb `top`; rows of a number that became negative change their sign. */
function applyToNumbers(code: CodeWriter, v: Values, places: Places, r: Registers, negate: number): void {
  const [x, y, carryA, carryB] = v.locals(4) as [number, number, number, number];
  const rows = [
    [r.f0, r.g0, carryA, places.a],
    [r.f1, r.g1, carryB, places.b],
  ] as const;
  const end = code.block();
  for (let i = 0; i < LIMBS; i++) {
    if (i > 0) {
      code.localGet(r.top);
      code.i32Const(8 * i);
      code.op(op.i32LtU);
      code.brIf(end);
    }
    v.set(x, v.load(undefined, places.a + 8 * i));
    v.set(y, v.load(undefined, places.b + 8 * i));
    for (const [f, g, carried, place] of rows) {
      const sum = v.add(v.mul(v.get(f), v.get(x)), v.mul(v.get(g), v.get(y)));
      v.set(carried, i === 0 ? sum : v.add(v.get(carried), sum));
      if (i > 0) v.store(undefined, place + 8 * (i - 1), v.and(v.get(carried), v.constant(MASK)));
      v.set(carried, v.shrS(v.get(carried), v.constant(BITS)));
    }
  }
  code.end();
  for (const [f, g, carried, place] of rows) {
    v.store(r.top, place, v.get(carried));
    code.localGet(carried);
    code.i64Const(0);
    code.op(op.i64LtS);
    code.unlikely();
    code.if();
    code.i32Const(place);
    code.localGet(r.top);
    code.call(negate);
    v.set(f, v.sub(v.constant(0), v.get(f)));
    v.set(g, v.sub(v.constant(0), v.get(g)));
    code.end();
  }
}

interface CofactorRow {
  readonly f: number;
  readonly g: number;
  readonly carried: number;
  readonly multiple: number;
  readonly place: number;
}

function cofactorRows(v: Values, places: Places, { f0, g0, f1, g1 }: Registers): CofactorRow[] {
  return [
    { f: f0, g: g0, carried: v.local(), multiple: v.local(), place: places.u },
    { f: f1, g: g1, carried: v.local(), multiple: v.local(), place: places.v },
  ];
}

/** (u, v) := the matrix times (u, v) / 2^29 mod p: the multiple of p that makes it divisible is below 2^29 p. */
function applyToCofactors(v: Values, p: bigint, places: Places, rows: readonly CofactorRow[]): void {
  const [x, y] = v.locals(2) as [number, number];
  const digits = balancedDigits(p);
  const divisor = negatedInverse(p);
  for (let i = 0; i < LIMBS; i++) {
    v.set(x, v.load(undefined, places.u + 8 * i));
    v.set(y, v.load(undefined, places.v + 8 * i));
    for (const { f, g, carried, multiple, place } of rows) {
      const sum = v.add(v.mul(v.get(f), v.get(x)), v.mul(v.get(g), v.get(y)));
      v.set(carried, i === 0 ? sum : v.add(v.get(carried), sum));
      if (i === 0) v.set(multiple, v.and(v.mul(v.get(carried), v.constant(divisor)), v.constant(MASK)));
      addMultiple(v, carried, v.get(multiple), digits[i]!);
      if (i > 0) v.store(undefined, place + 8 * (i - 1), v.and(v.get(carried), v.constant(MASK)));
      v.set(carried, v.shrS(v.get(carried), v.constant(BITS)));
      if (i === LIMBS - 1) v.store(undefined, place + 8 * i, v.get(carried));
    }
  }
}

/** (number, top): changes the sign of limbs up to the one at offset `top`, which holds the sign. */
export function negateFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values(code, 64);
  const carried = v.local();
  const next = (): void => {
    code.localGet(0);
    code.i32Const(8);
    code.op(op.i32Add);
    code.localSet(0);
    code.localGet(1);
    code.i32Const(8);
    code.op(op.i32Sub);
    code.localSet(1);
  };
  const end = code.block();
  const step = code.loop();
  v.set(carried, v.sub(v.get(carried), v.load(0, 0)));
  code.localGet(1);
  code.op(op.i32Eqz);
  code.brIf(end);
  v.store(0, 0, v.and(v.get(carried), v.constant(MASK)));
  v.set(carried, v.shrS(v.get(carried), v.constant(BITS)));
  next();
  code.br(step);
  code.end();
  code.end();
  v.store(0, 0, v.get(carried));
  return code;
}
