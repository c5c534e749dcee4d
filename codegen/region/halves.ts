// Expr → trees of 32 bits, for printers that have no wider word: a 64-bit value is its two halves. Operators meet the rules
// of isa/simplify again, since halves may be constants where the value is none: those of an immediate, high halves that
// are known.

import { assert } from '../../runtime/errors.ts';
import type { BinaryOp, CompareOp, Comparison, Cond, Constant, Expr, Operator } from '../isa/expr.ts';
import { constant } from '../isa/expr.ts';
import { simplifyOperator } from '../isa/simplify.ts';
import { type Known, type KnownLeaf, knownOf, SEXT, ZEXT } from './known.ts';

export type Leaf = Parameters<KnownLeaf>[0];

/** A tree of 32 bits. */
export type Half =
  | Constant
  | { readonly op: 'leaf'; readonly leaf: Leaf; readonly isHigh: boolean }
  /** One of the values that are made before the tree's. */
  | { readonly op: 'made'; readonly index: number }
  /** The high half of the one among them that is `Wide`. */
  | { readonly op: 'rest' }
  | { readonly op: 'choose'; readonly test: Test; readonly a: Half; readonly b: Half }
  | Operator<Half>;

/** A 64-bit operator that stays whole. */
interface Wide {
  readonly op: 'wide';
  readonly operator: BinaryOp;
  readonly a: HalfPair;
  readonly b: HalfPair;
}

export type Test =
  | Comparison<Half>
  | { readonly op: 'both' | 'either'; readonly a: Test; readonly b: Test }
  | { readonly op: 'choose'; readonly test: Test; readonly a: Test; readonly b: Test };

interface HalfPair {
  readonly lo: Half;
  readonly hi: Half;
}

interface Halved extends HalfPair {
  readonly known: Known;
}

/** Values that trees use more than once, in the order in which they are made. */
export type Made = readonly (Half | Wide)[];

export interface Split extends Halved {
  readonly made: Made;
}

interface SplitTest {
  readonly test: Test;
  readonly made: Made;
}

/** A split under way. */
interface Splitting {
  readonly known: KnownLeaf;
  readonly made: (Half | Wide)[];
}

const word = (value: number): Constant => constant(32, BigInt(value));

export const ZERO: Constant = word(0);
const ONE = word(1);
const SIGN = word(31);

export const isZero = (half: Half): boolean => half.op === 'const' && half.value === 0n;

/** An operator on simplified halves, simplified. */
const operate = (op: BinaryOp, a: Half, b: Half): Half => simplifyOperator<Half>({ op, w: 32, a, b });

export const plus = (half: Half, delta: number): Half => operate('add', half, word(delta));

const choose = (test: Test, a: Half, b: Half): Half => ({ op: 'choose', test, a, b });
const compare = (op: CompareOp, a: Half, b: Half): Test => ({ op, a, b });
const bit = (test: Test): Half => choose(test, ONE, ZERO);

/** The value, which may then be named many times. */
function once(half: Half | Wide, { made }: Splitting): Half {
  return half.op === 'const' ? half : { op: 'made', index: made.push(half) - 1 };
}

/** The halves of a tree's value, of one of 32 bits the low one; `wantsHigh` false lets the high one be anything. */
export function split(expr: Expr, leaf: KnownLeaf, wantsHigh: boolean): Split {
  const made: (Half | Wide)[] = [];
  const to = { known: leaf, made };
  if (expr.w === 32) return { lo: lowOf(expr, to), hi: ZERO, known: knownOf(expr, leaf), made };
  const { lo, hi, known } = halve(expr, to, wantsHigh);
  return { lo, hi, known, made };
}

export function splitCond(cond: Cond, known: KnownLeaf): SplitTest {
  const made: (Half | Wide)[] = [];
  return { test: testOf(cond, { known, made }), made };
}

/** What is known of the high half is what it is. */
function halvedBy(known: Known, lo: Half, hi: () => Half): Halved {
  if (known & ZEXT) return { lo, hi: ZERO, known };
  return { lo, hi: known & SEXT ? operate('shrS', lo, SIGN) : hi(), known };
}

const leafOf = (leaf: Leaf, isHigh: boolean): Half => ({ op: 'leaf', leaf, isHigh });

/** Of a 64-bit tree; `wantsHigh` false lets the high half be anything. */
function halve(expr: Expr, to: Splitting, wantsHigh: boolean): Halved {
  const known = knownOf(expr, to.known);
  switch (expr.op) {
    case 'const':
      return halvedBy(known, constant(32, expr.value), () => constant(32, expr.value >> 32n));
    case 'reg':
    case 'imm':
    case 'pc': {
      const leaf = expr.op === 'reg' ? expr.field : expr.op;
      return halvedBy(known, leafOf(leaf, false), () => leafOf(leaf, true));
    }
    case 'sext':
    case 'zext':
    case 'bool':
    case 'trunc':
      assert(known !== 0, `the high half of ${expr.op} is known`);
      return halvedBy(known, lowOf(expr, to), () => ZERO);
    default: {
      const isComputed = wantsHigh && known === 0;
      const [lo, hi] = operate64(expr, halve(expr.a, to, true), halve(expr.b, to, true), to, isComputed);
      return halvedBy(known, lo, isComputed ? hi : () => ZERO);
    }
  }
}

/** The low half of a tree, or the tree where it has 32 bits. */
function lowOf(expr: Expr, to: Splitting): Half {
  switch (expr.op) {
    case 'sext':
    case 'zext':
    case 'trunc':
      return lowOf(expr.a, to);
    case 'bool':
      return bit(testOf(expr.cond, to));
    case 'const':
    case 'reg':
    case 'imm':
    case 'pc':
      return halve(expr, to, false).lo;
    default:
      if (expr.w === 64) return halve(expr, to, false).lo;
      return operate(expr.op, lowOf(expr.a, to), lowOf(expr.b, to));
  }
}

/** The low half, and the high one, which is asked for where it is computed. */
type Halving = readonly [lo: Half, hi: () => Half];

function operate64(
  { op, b: amount }: Operator<Expr>,
  a: Halved,
  b: Halved,
  to: Splitting,
  isHighWanted: boolean,
): Halving {
  const low = (): Half => operate(op, a.lo, b.lo);
  switch (op) {
    case 'add': {
      if (!isHighWanted) return [low(), () => ZERO];
      const lo = once(low(), to);
      // The sum's low half is below either addend exactly when it wrapped; a constant makes the cheaper test.
      const carry = bit(compare('ltU', lo, b.lo.op === 'const' ? b.lo : a.lo));
      return [lo, () => operate('add', operate('add', a.hi, b.hi), carry)];
    }
    case 'sub':
      return [low(), () => operate('sub', operate('sub', a.hi, b.hi), bit(compare('ltU', a.lo, b.lo)))];
    case 'and':
    case 'or':
    case 'xor':
      return [low(), () => operate(op, a.hi, b.hi)];
    case 'shl':
    case 'shrU':
    case 'shrS':
      return amount.op === 'const' ? shiftBy(op, a, Number(amount.value & 63n)) : shift(op, a, once(b.lo, to));
    case 'mul': {
      const product = (x: Half, y: Half): Half => operate('mul', x, y);
      const upper = (): Half => operate('add', operate('mulhU', a.lo, b.lo), product(a.hi, b.lo));
      return [low(), () => operate('add', upper(), product(a.lo, b.hi))];
    }
    default:
      assert(
        to.made.every(({ op }) => op !== 'wide'),
        'two high halves, and room for one',
      );
      return [once({ op: 'wide', operator: op, a, b }, to), () => ({ op: 'rest' })];
  }
}

type Shift = 'shl' | 'shrU' | 'shrS';

function shiftBy(op: Shift, { lo, hi, known }: Halved, n: number): Halving {
  const by = (operator: Shift, half: Half, amount: number): Half => operate(operator, half, word(amount));
  if (n === 0) return [lo, () => hi];
  if (op === 'shl') {
    if (n >= 32) return [ZERO, () => by('shl', lo, n - 32)];
    return [by('shl', lo, n), () => operate('or', by('shl', hi, n), by('shrU', lo, 32 - n))];
  }
  // What it then is above is known.
  if (n >= 32) return [by(op, hi, n - 32), () => ZERO];
  const upper = (): Half => by(op, hi, n);
  // The bits that come in from above are copies of the sign.
  if (known & SEXT && op === 'shrS') return [by('shrS', lo, n), upper];
  return [operate('or', by('shrU', lo, n), by('shl', hi, 32 - n)), upper];
}

/** Shifts by the low six bits of a value that is not known; operators on halves take five. */
function shift(op: Shift, { lo, hi }: Halved, n: Half): Halving {
  const isFar = compare('ne', operate('and', n, word(32)), ZERO);
  // x >>> 1 >>> ~n is x >>> 32 - n without the special case n = 0.
  const across = (operator: Shift, half: Half): Half =>
    operate(operator, operate(operator, half, ONE), operate('xor', n, word(-1)));
  if (op === 'shl') {
    const near = (): Half => operate('or', operate('shl', hi, n), across('shrU', lo));
    return [choose(isFar, ZERO, operate('shl', lo, n)), () => choose(isFar, operate('shl', lo, n), near())];
  }
  const upper = operate(op, hi, n);
  const filler = op === 'shrS' ? operate('shrS', hi, SIGN) : ZERO;
  return [
    choose(isFar, upper, operate('or', operate('shrU', lo, n), across('shl', hi))),
    () => choose(isFar, filler, upper),
  ];
}

function testOf({ op, a, b }: Cond, to: Splitting): Test {
  if (a.w === 32) return compare(op, lowOf(a, to), lowOf(b, to));
  const [x, y] = [halve(a, to, true), halve(b, to, true)];
  const isEquality = op === 'eq' || op === 'ne';
  // Sign extension keeps both orders of 32-bit values; zero extension keeps the unsigned one and equality.
  const shared = x.known & y.known;
  if (shared & SEXT) return compare(op, x.lo, y.lo);
  if (shared & ZEXT) return compare(op === 'ltS' ? 'ltU' : op === 'geS' ? 'geU' : op, x.lo, y.lo);
  if (isZero(y.lo) && isZero(y.hi) && (op === 'ltS' || op === 'geS')) return compare(op, x.hi, ZERO);
  if (isEquality) return compare(op, operate('or', operate('xor', x.lo, y.lo), operate('xor', x.hi, y.hi)), ZERO);
  return orderOf(op, x, y, to);
}

function orderOf(op: 'ltS' | 'ltU' | 'geS' | 'geU', a: Halved, b: Halved, to: Splitting): Test {
  const [x, y] = [once(a.hi, to), once(b.hi, to)];
  const areEqual = compare('eq', x, y);
  const isLess = op === 'ltS' || op === 'ltU';
  const above = op === 'ltS' || op === 'geS' ? 'ltS' : 'ltU';
  if (isLess) return { op: 'choose', test: areEqual, a: compare('ltU', a.lo, b.lo), b: compare(above, x, y) };
  const lows: Test = { op: 'both', a: areEqual, b: compare('geU', a.lo, b.lo) };
  return { op: 'either', a: compare(above, y, x), b: lows };
}
