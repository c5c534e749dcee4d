// Powers and roots of one number of KoalaBear in Montgomery's form, as functions on i32 below p in magnitude.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import { inForm, type KoalaBearValues, koalaBearValues, ONE } from './koala-bear.ts';

/** p − 1 = 127 · 2^24. */
const ODD = 127;
/** 3 is no square: its 127th power g has order 2^24. */
const NO_SQUARE = 3;
/** An exponent of g has four digits of six bits, the lowest first. */
const DIGITS = 4;
const DIGIT_BITS = 6;
const DIGIT_VALUES = 2 ** DIGIT_BITS;
/** Places for 64 powers, of which no two have the same: some seven multipliers are tried. */
const PLACE_BITS = 10;
const PLACES = 2 ** PLACE_BITS;

const powersOf = (base: number, count: number): number[] => {
  const powers = [1];
  while (powers.length < count) powers.push(koalaBear.mul(powers.at(-1)!, base));
  return powers;
};

function powerOf(base: number, exponent: number): number {
  const half = exponent > 1 ? powerOf(base, exponent >> 1) : 1;
  const square = koalaBear.mul(half, half);
  return exponent & 1 ? koalaBear.mul(square, base) : square;
}

/** As `canonical` leaves it. */
const wordOf = (a: number): number => koalaBear.mul(a, koalaBear.r);
const placeOf = (word: number, multiplier: number): number => Math.imul(word, multiplier) >>> (32 - PLACE_BITS);

/** The powers of g^(2^18), by which a digit is known, and a multiplier that gives each a place of its own. */
function digitPowers(): { readonly words: readonly number[]; readonly multiplier: number } {
  const generator = powerOf(NO_SQUARE, ODD);
  const words = powersOf(powerOf(generator, 2 ** (DIGIT_BITS * (DIGITS - 1))), DIGIT_VALUES).map(wordOf);
  for (let multiplier = 0x9e37_79b9; ; multiplier = Math.imul(multiplier, 0x85eb_ca6b) | 1) {
    if (new Set(words.map(word => placeOf(word, multiplier))).size === words.length) return { words, multiplier };
  }
}

const PAIR_BYTES = 16;
const TABLE_BYTES = PAIR_BYTES * DIGIT_VALUES;

/**
 * What `inverseRootFunction` reads: for each digit and each value j of it 1 / g^(64^digit j) and the root of that, where it has one;
 * then by their places the values that powers of g^(2^18) stand for.
 */
export function rootConstants(): number[] {
  const inverse = koalaBear.inverse(powerOf(NO_SQUARE, ODD));
  const tables = Array.from({ length: DIGITS }, (_, digit) => {
    const step = powerOf(inverse, DIGIT_VALUES ** digit);
    const half = powerOf(inverse, Math.max(1, DIGIT_VALUES ** digit / 2));
    const halves = powersOf(half, DIGIT_VALUES);
    // The lowest digit of a square's exponent is even.
    const rootOf = (j: number): number => (digit > 0 ? halves[j]! : halves[j >> 1]!);
    return powersOf(step, DIGIT_VALUES).flatMap((power, j) => [inForm(power), inForm(rootOf(j))]);
  });
  const { words, multiplier } = digitPowers();
  const places = new Array<number>(PLACES).fill(0);
  for (const [value, word] of words.entries()) places[placeOf(word, multiplier)] = value;
  return [...tables.flat(), ...places];
}

/** (a, exponent above 0): the power, in [0, p). */
export function powerFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearValues(code);
  const [base, result] = [v.local(), v.local()];
  v.set(
    base,
    v.wide(() => code.localGet(0)),
  );
  v.set(result, v.constant(ONE));
  const again = code.loop();
  code.localGet(1);
  code.i32Const(1);
  code.op(op.i32And);
  code.if();
  v.set(result, v.reduced(v.mul(v.get(result), v.get(base))));
  code.end();
  v.set(base, v.reduced(v.mul(v.get(base), v.get(base))));
  code.localGet(1);
  code.i32Const(1);
  code.op(op.i32ShrU);
  code.localTee(1);
  code.brIf(again);
  code.end();
  v.narrow(v.canonical(v.get(result)))();
  return code;
}

/**
 * (n): 1 / √n of a square that is not 0. With v = n^63, t = n v² = n^127 has a power of two as its order: t = g^e, digit after
 * digit of e from below, then v / g^(e / 2). A digit is known by what is left of t when the digits above it are squared away.
 */
export function inverseRootFunction(power: number, constants: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearValues(code);
  const [root, rest, test] = [v.local(), v.local(), v.local()];
  const at = code.addLocal(valueType.i32);
  const { multiplier } = digitPowers();
  code.localGet(0);
  code.i32Const((ODD - 1) / 2);
  code.call(power);
  code.op(op.i64ExtendI32S);
  code.localSet(root);
  const square = v.reduced(v.mul(v.get(root), v.get(root)));
  const n = v.wide(() => code.localGet(0));
  v.set(rest, v.reduced(v.mul(square, n)));
  for (let digit = 0; digit < DIGITS; digit++) {
    v.set(test, v.get(rest));
    squareTimes(code, v, test, DIGIT_BITS * (DIGITS - 1 - digit));
    v.narrow(v.canonical(v.get(test)))();
    code.i32Const(multiplier);
    code.op(op.i32Mul);
    code.i32Const(32 - PLACE_BITS);
    code.op(op.i32ShrU);
    code.i32Const(3);
    code.op(op.i32Shl);
    code.access(access.i32Load, constants + DIGITS * TABLE_BYTES);
    code.i32Const(Math.log2(PAIR_BYTES));
    code.op(op.i32Shl);
    code.localSet(at);
    const table = constants + digit * TABLE_BYTES;
    if (digit < DIGITS - 1) v.set(rest, v.reduced(v.mul(v.get(rest), v.load(at, table))));
    v.set(root, v.reduced(v.mul(v.get(root), v.load(at, table + 8))));
  }
  v.narrow(v.get(root))();
  return code;
}

/** Squares a value so many times. */
function squareTimes(code: CodeWriter, v: KoalaBearValues, value: number, times: number): void {
  if (times === 0) return;
  const left = code.addLocal(valueType.i32);
  code.i32Const(times);
  code.localSet(left);
  const again = code.loop();
  v.set(value, v.reduced(v.mul(v.get(value), v.get(value))));
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(left);
  code.brIf(again);
  code.end();
}
