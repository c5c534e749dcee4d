// Powers and roots of numbers of KoalaBear in four lanes.

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { access, op, valueType } from '../../wasm/binary/instructions.ts';
import { VECTOR_BYTES } from '../../wasm/binary/vector-values.ts';
import { inForm, type KoalaBearValues, koalaBearValues, MONTGOMERY_ONE } from '../koala-bear.ts';
import { type KoalaBearLanes, koalaBearLanes } from './koala-bear.ts';

/** p − 1 = 127 · 2^24. */
const ODD = 127;
/** 3 is no square: its 127th power g has order 2^24. */
const NO_SQUARE = 3;
/** An exponent of g has three digits of eight bits, the lowest first. */
const DIGIT_BITS = 8;
const DIGIT_VALUES = 2 ** DIGIT_BITS;
/** Places for 256 powers, of which no two have the same: some sixty multipliers are tried. */
const PLACE_BITS = 13;
const LANES = 4;

function powerOf(base: number, exponent: number): number {
  const half = exponent > 1 ? powerOf(base, exponent >> 1) : 1;
  const square = koalaBear.mul(half, half);
  return exponent & 1 ? koalaBear.mul(square, base) : square;
}

function powersOf(base: number, count: number): number[] {
  const powers = [1];
  while (powers.length < count) powers.push(koalaBear.mul(powers.at(-1)!, base));
  return powers;
}

/** As `canonical` leaves it. */
const wordOf = (a: number): number => koalaBear.mul(a, koalaBear.r);
const placeOf = (word: number, multiplier: number): number => Math.imul(word, multiplier) >>> (32 - PLACE_BITS);

interface DigitTables {
  /** The digit by the place of a power of g^(2^16). */
  readonly digits: Uint8Array;
  readonly multiplier: number;
  /** For each value d of a digit: 1 / g^d, 1 / g^(2^8 d), then the roots of these and of 1 / g^(2^16 d). */
  readonly powers: Int32Array;
}

let made: DigitTables | undefined;

/** What `inverseRootsFunction` reads. */
export function digitTables(): DigitTables {
  made ??= makeTables();
  return made;
}

function makeTables(): DigitTables {
  const inverse = koalaBear.inverse(powerOf(NO_SQUARE, ODD));
  const step = (exponent: number): number[] => powersOf(powerOf(inverse, exponent), DIGIT_VALUES);
  // The lowest digit of a square's exponent is even.
  const halves = step(1).map((_, d, all) => all[d >> 1]!);
  const lists = [step(1), step(2 ** 8), halves, step(2 ** 7), step(2 ** 15)];
  const words = powersOf(powerOf(powerOf(NO_SQUARE, ODD), 2 ** 16), DIGIT_VALUES).map(wordOf);
  for (let multiplier = 0x9e37_79b9; ; multiplier = Math.imul(multiplier, 0x85eb_ca6b) | 1) {
    const places = words.map(word => placeOf(word, multiplier));
    if (new Set(places).size < places.length) continue;
    const digits = new Uint8Array(2 ** PLACE_BITS);
    for (const [digit, place] of places.entries()) digits[place] = digit;
    return { digits, multiplier, powers: Int32Array.from(lists.flat().map(inForm)) };
  }
}

/** Squares a signed value so many times. */
function squareTimes(code: CodeWriter, v: KoalaBearLanes, value: number, times: number): void {
  const left = code.addLocal(valueType.i32);
  code.i32Const(times);
  code.localSet(left);
  const again = code.loop();
  v.set(value, v.product(v.get(value), v.get(value)));
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(left);
  code.brIf(again);
  code.end();
}

/** Of a signed value, its 63rd power. */
function power63(code: CodeWriter, v: KoalaBearLanes, base: number): number {
  const power = v.local();
  const [x, y] = [v.get(base), v.get(power)];
  v.set(power, v.product(v.product(x, x), x));
  v.set(power, v.product(v.product(y, y), x)); // 7
  const seventh = v.local();
  v.set(seventh, y);
  squareTimes(code, v, power, 3);
  v.set(power, v.product(y, v.get(seventh)));
  return power;
}

/** (out, a): all bits of a lane where the number is a square other than 0. */
export function isSquareFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearLanes(code);
  const base = v.local();
  v.set(base, v.load(1, 0));
  const power = power63(code, v, base);
  v.set(power, v.product(v.product(v.get(power), v.get(power)), v.get(base)));
  squareTimes(code, v, power, 23);
  v.store(0, 0, v.equal(v.canonical(v.get(power)), v.constant(MONTGOMERY_ONE)));
  return code;
}

/**
 * (out, n): 1 / √n of squares other than 0. With w = n^63, t = n w² = n^127 has a power of two as its order: t = g^e, digit
 * after digit of e from below, then w / g^(e / 2). A digit is known by what is left of t when those above it are squared away.
 */
export function inverseRootsFunction(scratch: number, digits: number, powers: number): CodeWriter {
  const code = codeWriter(2);
  const lanes = koalaBearLanes(code);
  const base = lanes.local();
  lanes.set(base, lanes.load(1, 0));
  const root = power63(code, lanes, base);
  const rest = lanes.local();
  lanes.set(rest, lanes.product(lanes.product(lanes.get(root), lanes.get(root)), lanes.get(base)));
  lanes.store(undefined, scratch, lanes.get(root));
  // t, then what the two higher digits, then the highest, are squared away of.
  for (let digit = 0; digit < 3; digit++) {
    if (digit > 0) squareTimes(code, lanes, rest, DIGIT_BITS);
    lanes.store(undefined, scratch + VECTOR_BYTES * (digit + 1), lanes.get(rest));
  }
  const v = koalaBearValues(code);
  const [a, b, c] = [0, 1, 2].map(() => code.addLocal(valueType.i32)) as [number, number, number];
  const [value, factor] = [v.local(), v.local()];
  const find = findDigit(code, v, digits);
  const times = (to: number, x: number, table: number, digit: number): void => {
    const constant = v.load(digit, powers + 4 * DIGIT_VALUES * table, access.i64Load32S);
    v.set(to, v.reduced(v.mul(v.get(x), constant)));
  };
  for (let lane = 0; lane < LANES; lane++) {
    const word = (i: number): number => {
      v.set(value, v.load(undefined, scratch + VECTOR_BYTES * i + 4 * lane, access.i64Load32S));
      return value;
    };
    find(a, word(3));
    times(value, word(2), 1, a);
    find(b, value);
    times(value, word(1), 0, a);
    times(value, value, 1, b);
    find(c, value);
    times(factor, word(0), 2, a);
    times(factor, factor, 3, b);
    times(factor, factor, 4, c);
    v.store(0, 4 * lane, v.get(factor), access.i64Store32);
  }
  return code;
}

/** Sets an i32 to four times the digit that a power of g^(2^16) stands for. */
function findDigit(code: CodeWriter, v: KoalaBearValues, digits: number): (to: number, power: number) => void {
  const { multiplier } = digitTables();
  return (to, power) => {
    v.narrow(v.canonical(v.get(power)))();
    code.i32Const(multiplier);
    code.op(op.i32Mul);
    code.i32Const(32 - PLACE_BITS);
    code.op(op.i32ShrU);
    code.access(access.i32Load8U, digits);
    code.i32Const(2);
    code.op(op.i32Shl);
    code.localSet(to);
  };
}
