// Expr → trees of 32 bits, for printers that have no wider word: a 64-bit value is its two halves. Operators meet the rules
// of isa/simplify again, since halves may be constants where the value is none: those of an immediate, high halves that
// are known.

import { assert } from '../../runtime/errors.ts';
import type { Binary, BinaryOp, CompareOp, Cond, Constant, Expr } from '../isa/expr.ts';
import { constant } from '../isa/expr.ts';
import { simplifyOperator } from '../isa/simplify.ts';
import { type Known, type KnownLeaf, knownOf, SEXT, ZEXT } from './known.ts';

export type Leaf = Parameters<KnownLeaf>[0];

/** A tree of 32 bits. */
export type HalfTree =
  | Constant
  | { readonly op: 'leaf'; readonly leaf: Leaf; readonly isHigh: boolean }
  /** One of the values that are made before the tree's. */
  | { readonly op: 'made'; readonly index: number }
  /** The high half of the one among them that is `Wide`. */
  | { readonly op: 'rest' }
  | { readonly op: 'choose'; readonly test: HalfTest; readonly a: HalfTree; readonly b: HalfTree }
  | Binary<HalfTree>;

/** A 64-bit operator that stays whole. */
interface WholeOperator {
  readonly op: 'wide';
  readonly operator: BinaryOp;
  readonly a: HalfPair;
  readonly b: HalfPair;
}

export type HalfTest =
  | Cond<HalfTree>
  | { readonly op: 'both' | 'either'; readonly a: HalfTest; readonly b: HalfTest }
  | { readonly op: 'choose'; readonly test: HalfTest; readonly a: HalfTest; readonly b: HalfTest };

interface HalfPair {
  readonly lo: HalfTree;
  readonly hi: HalfTree;
}

interface Halved extends HalfPair {
  readonly known: Known;
}

/** Values that trees use more than once, in the order in which they are made. */
export type Made = readonly (HalfTree | WholeOperator)[];

export interface SplitTree extends Halved {
  readonly made: Made;
}

interface SplitTest {
  readonly test: HalfTest;
  readonly made: Made;
}

/** A split under way. */
interface Splitting {
  readonly known: KnownLeaf;
  readonly made: (HalfTree | WholeOperator)[];
}

const word = (value: number): Constant => constant(32, BigInt(value));

export const ZERO_WORD: Constant = word(0);
const ONE = word(1);
const SIGN = word(31);

export const isZero = (half: HalfTree): boolean => half.op === 'const' && half.value === 0n;

/** An operator on simplified halves, simplified. */
const operate = (op: BinaryOp, a: HalfTree, b: HalfTree): HalfTree => simplifyOperator<HalfTree>({ op, w: 32, a, b });

export const plus = (half: HalfTree, delta: number): HalfTree => operate('add', half, word(delta));

const choose = (test: HalfTest, a: HalfTree, b: HalfTree): HalfTree => ({ op: 'choose', test, a, b });
const compare = (op: CompareOp, a: HalfTree, b: HalfTree): HalfTest => ({ op, a, b });
const bit = (test: HalfTest): HalfTree => choose(test, ONE, ZERO_WORD);

/** The value, which may then be named many times. */
function once(half: HalfTree | WholeOperator, { made }: Splitting): HalfTree {
  return half.op === 'const' ? half : { op: 'made', index: made.push(half) - 1 };
}

/** The halves of a tree's value, of one of 32 bits the low one; `wantsHigh` false lets the high one be anything. */
export function split(expr: Expr, leaf: KnownLeaf, wantsHigh: boolean): SplitTree {
  const made: (HalfTree | WholeOperator)[] = [];
  const to = { known: leaf, made };
  if (expr.w === 32) return { lo: lowOf(expr, to), hi: ZERO_WORD, known: knownOf(expr, leaf), made };
  const { lo, hi, known } = halve(expr, to, wantsHigh);
  return { lo, hi, known, made };
}

export function splitCond(cond: Cond, known: KnownLeaf): SplitTest {
  const made: (HalfTree | WholeOperator)[] = [];
  return { test: testOf(cond, { known, made }), made };
}

/** What is known of the high half is what it is. */
function halvedBy(known: Known, lo: HalfTree, hi: () => HalfTree): Halved {
  if (known & ZEXT) return { lo, hi: ZERO_WORD, known };
  return { lo, hi: known & SEXT ? operate('shrS', lo, SIGN) : hi(), known };
}

const leafOf = (leaf: Leaf, isHigh: boolean): HalfTree => ({ op: 'leaf', leaf, isHigh });

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
      return halvedBy(known, lowOf(expr, to), () => ZERO_WORD);
    default: {
      const isComputed = wantsHigh && known === 0;
      const [lo, hi] = operate64(expr, halve(expr.a, to, true), halve(expr.b, to, true), to, isComputed);
      return halvedBy(known, lo, isComputed ? hi : () => ZERO_WORD);
    }
  }
}

/** The low half of a tree, or the tree where it has 32 bits. */
function lowOf(expr: Expr, to: Splitting): HalfTree {
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
type Halving = readonly [lo: HalfTree, hi: () => HalfTree];

function operate64({ op, b: amount }: Binary, a: Halved, b: Halved, to: Splitting, isHighWanted: boolean): Halving {
  const low = (): HalfTree => operate(op, a.lo, b.lo);
  switch (op) {
    case 'add': {
      if (!isHighWanted) return [low(), () => ZERO_WORD];
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
      const product = (x: HalfTree, y: HalfTree): HalfTree => operate('mul', x, y);
      const upper = (): HalfTree => operate('add', operate('mulhU', a.lo, b.lo), product(a.hi, b.lo));
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
  const by = (operator: Shift, half: HalfTree, amount: number): HalfTree => operate(operator, half, word(amount));
  if (n === 0) return [lo, () => hi];
  if (op === 'shl') {
    if (n >= 32) return [ZERO_WORD, () => by('shl', lo, n - 32)];
    return [by('shl', lo, n), () => operate('or', by('shl', hi, n), by('shrU', lo, 32 - n))];
  }
  // What it then is above is known.
  if (n >= 32) return [by(op, hi, n - 32), () => ZERO_WORD];
  const upper = (): HalfTree => by(op, hi, n);
  // The bits that come in from above are copies of the sign.
  if (known & SEXT && op === 'shrS') return [by('shrS', lo, n), upper];
  return [operate('or', by('shrU', lo, n), by('shl', hi, 32 - n)), upper];
}

/** Shifts by the low six bits of a value that is not known; operators on halves take five. */
function shift(op: Shift, { lo, hi }: Halved, n: HalfTree): Halving {
  const isFar = compare('ne', operate('and', n, word(32)), ZERO_WORD);
  // x >>> 1 >>> ~n is x >>> 32 - n without the special case n = 0.
  const across = (operator: Shift, half: HalfTree): HalfTree =>
    operate(operator, operate(operator, half, ONE), operate('xor', n, word(-1)));
  if (op === 'shl') {
    const near = (): HalfTree => operate('or', operate('shl', hi, n), across('shrU', lo));
    return [choose(isFar, ZERO_WORD, operate('shl', lo, n)), () => choose(isFar, operate('shl', lo, n), near())];
  }
  const upper = operate(op, hi, n);
  const filler = op === 'shrS' ? operate('shrS', hi, SIGN) : ZERO_WORD;
  return [
    choose(isFar, upper, operate('or', operate('shrU', lo, n), across('shl', hi))),
    () => choose(isFar, filler, upper),
  ];
}

function testOf({ op, a, b }: Cond, to: Splitting): HalfTest {
  if (a.w === 32) return compare(op, lowOf(a, to), lowOf(b, to));
  const [x, y] = [halve(a, to, true), halve(b, to, true)];
  const isEquality = op === 'eq' || op === 'ne';
  // Sign extension keeps both orders of 32-bit values; zero extension keeps the unsigned one and equality.
  const shared = x.known & y.known;
  if (shared & SEXT) return compare(op, x.lo, y.lo);
  if (shared & ZEXT) return compare(op === 'ltS' ? 'ltU' : op === 'geS' ? 'geU' : op, x.lo, y.lo);
  if (isZero(y.lo) && isZero(y.hi) && (op === 'ltS' || op === 'geS')) return compare(op, x.hi, ZERO_WORD);
  if (isEquality) return compare(op, operate('or', operate('xor', x.lo, y.lo), operate('xor', x.hi, y.hi)), ZERO_WORD);
  return orderOf(op, x, y, to);
}

function orderOf(op: 'ltS' | 'ltU' | 'geS' | 'geU', a: Halved, b: Halved, to: Splitting): HalfTest {
  const [x, y] = [once(a.hi, to), once(b.hi, to)];
  const areEqual = compare('eq', x, y);
  const isLess = op === 'ltS' || op === 'ltU';
  const above = op === 'ltS' || op === 'geS' ? 'ltS' : 'ltU';
  if (isLess) return { op: 'choose', test: areEqual, a: compare('ltU', a.lo, b.lo), b: compare(above, x, y) };
  const lows: HalfTest = { op: 'both', a: areEqual, b: compare('geU', a.lo, b.lo) };
  return { op: 'either', a: compare(above, y, x), b: lows };
}
