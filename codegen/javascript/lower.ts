// Expr → JavaScript on int32 words, driven by demand: callers ask for the low or the high word of a value.
// The only file that knows how JavaScript represents a 64-bit word (a pair lo, hi). Trees are simplified; what is folded
// here are halves, which no tree has: one of a constant may be 0 or -1 where the constant is not.
import { CONTROL } from '../../runtime/layout.ts';
import type { BinaryOp, CompareOp, Cond, Expr } from '../isa/expr.ts';
import { resultOperand } from '../isa/simplify.ts';
import { type Known, knownOf, knownOfValue, SEXT, ZEXT } from '../region/known.ts';
import { bin, call, choose, type Expression, index, int, literal, logical, num, uint } from './estree.ts';

export interface Word {
  readonly lo: Expression;
  /** Never asked for where `known` says what it is. */
  readonly hi: Expression;
  readonly known: Known;
}

/** Where the leaves of an instruction's tree are found, and a place for temporaries. */
export interface Leaves {
  readonly rs1: Word;
  readonly rs2: Word;
  readonly imm: Word;
  readonly pc: Word;
  /** Evaluates `e` once, before everything that follows, and gives the variable that holds it. */
  temporary(e: Expression): Expression;
}

/** Word index in the control page where helpers leave the high word of their result. */
export const HELPER_HI: Expression = index('R', num(CONTROL.resultHi));

export function constantWord(value: bigint): Word {
  const lo = Number(BigInt.asIntN(32, value));
  const hi = Number(BigInt.asIntN(32, value >> 32n));
  return { lo: num(lo), hi: num(hi), known: knownOfValue(value) };
}

export function highOf(word: Word): Expression {
  if (word.known & ZEXT) return num(0);
  if ((word.known & SEXT) === 0) return word.hi;
  const lo = literal(word.lo);
  return lo === undefined ? bin('>>', word.lo, num(31)) : num(lo >> 31);
}

/** The word of a whole tree. `wantHi` false lets the high word be anything. */
export function lower(expr: Expr, leaves: Leaves, wantHi: boolean): Word {
  switch (expr.op) {
    case 'const':
      return constantWord(expr.value);
    case 'reg':
      return leaves[expr.field];
    case 'imm':
      return leaves.imm;
    case 'pc':
      return leaves.pc;
    case 'sext':
    case 'zext':
      return { lo: lower(expr.a, leaves, false).lo, hi: num(0), known: knownIn(expr, leaves) };
    case 'trunc':
      return lower(expr.a, leaves, false);
    case 'bool':
      return { lo: choose(lowerCond(expr.cond, leaves), num(1), num(0)), hi: num(0), known: knownIn(expr, leaves) };
    default: {
      const a = lower(expr.a, leaves, expr.w === 64);
      const b = lower(expr.b, leaves, expr.w === 64);
      return expr.w === 32
        ? { lo: lower32(expr.op, a.lo, b.lo), hi: num(0), known: 0 }
        : lower64(expr, a, b, leaves, wantHi);
    }
  }
}

const knownIn = (expr: Expr, leaves: Leaves): Known => knownOf(expr, leaf => leaves[leaf].known);

/** The value of a constant. */
const constantOf = (expr: Expr): bigint | undefined => (expr.op === 'const' ? expr.value : undefined);

function lower32(op: BinaryOp, a: Expression, b: Expression): Expression {
  const result = resultOperand(op, literal(a), literal(b));
  if (result !== undefined) return result === 'a' ? a : b;
  switch (op) {
    case 'add':
      return int(bin('+', a, b));
    case 'sub':
      return int(bin('-', a, b));
    case 'and':
      return bin('&', a, b);
    case 'or':
      return bin('|', a, b);
    case 'xor':
      return bin('^', a, b);
    case 'shl':
    case 'shrU':
    case 'shrS':
      return shift(op, a, b);
    case 'mul':
      return call('imul', a, b);
    case 'mulhS':
      return call('mulh32', a, b);
    case 'mulhU':
      return call('mulhu32', a, b);
    case 'mulhSU':
      return call('mulhsu32', a, b);
    case 'divS':
      return choose(bin('===', b, num(0)), num(-1), int(bin('/', a, b)));
    case 'divU':
      return choose(bin('===', b, num(0)), num(-1), int(bin('/', uint(a), uint(b))));
    case 'remS':
      return choose(bin('===', b, num(0)), a, int(bin('%', a, b)));
    case 'remU':
      return choose(bin('===', b, num(0)), a, int(bin('%', uint(a), uint(b))));
  }
}

const SHIFT = { shl: '<<', shrU: '>>>', shrS: '>>' } as const;
type Shift = keyof typeof SHIFT;

/** JavaScript masks shift amounts to 5 bits, as the 32-bit operators do; `>>>` must come back to int32. */
function shift(op: Shift, a: Expression, by: Expression): Expression {
  const n = literal(by);
  const amount = n === undefined ? undefined : n & 31;
  const result = resultOperand(op, literal(a), amount);
  if (result !== undefined) return result === 'a' ? a : by;
  const shifted = bin(SHIFT[op], a, amount === undefined ? by : num(amount));
  return op === 'shrU' ? int(shifted) : shifted;
}

const carryOf = (below: Expression): Expression => choose(below, num(1), num(0));
const below = (a: Expression, b: Expression): Expression => bin('<', uint(a), uint(b));

function sum(...terms: Expression[]): Expression {
  const rest = terms.filter(t => literal(t) !== 0);
  const [first, ...others] = rest;
  if (first === undefined) return num(0);
  return int(others.reduce((left, right) => bin('+', left, right), first));
}

type Binary = Extract<Expr, { op: BinaryOp }>;

function lower64(expr: Binary, a: Word, b: Word, leaves: Leaves, wantHi: boolean): Word {
  const { op } = expr;
  const known = knownIn(expr, leaves);
  const isHighWanted = wantHi && known === 0;
  const word = (lo: Expression, hi: () => Expression): Word => ({ lo, hi: isHighWanted ? hi() : num(0), known });
  switch (op) {
    case 'add': {
      if (!isHighWanted) return word(lower32('add', a.lo, b.lo), () => num(0));
      const lo = leaves.temporary(lower32('add', a.lo, b.lo));
      // The sum's low word is below either addend exactly when it wrapped; a constant makes the cheaper test.
      const addend = constantOf(expr.b) === undefined ? a.lo : b.lo;
      return word(lo, () => sum(highOf(a), highOf(b), carryOf(below(lo, addend))));
    }
    case 'sub':
      return word(lower32('sub', a.lo, b.lo), () =>
        int(bin('-', lower32('sub', highOf(a), highOf(b)), carryOf(below(a.lo, b.lo)))),
      );
    case 'and':
    case 'or':
    case 'xor':
      return word(lower32(op, a.lo, b.lo), () => lower32(op, highOf(a), highOf(b)));
    case 'shl':
    case 'shrU':
    case 'shrS': {
      const amount = constantOf(expr.b);
      if (amount !== undefined && amount % 64n === 0n) return a;
      const [lo, hi] =
        amount === undefined ? shiftByRegister(op, a, b, leaves) : shiftByConstant(op, a, Number(amount & 63n));
      return word(lo, hi);
    }
    case 'mul':
      return word(call('imul', a.lo, b.lo), () =>
        sum(
          call('mulhu32', a.lo, b.lo),
          ...(a.known & ZEXT ? [] : [call('imul', highOf(a), b.lo)]),
          ...(b.known & ZEXT ? [] : [call('imul', a.lo, highOf(b))]),
        ),
      );
    default: {
      // Helpers return the low word and leave the high one in the control page.
      const lo = leaves.temporary(call(`${op}64`, a.lo, highOf(a), b.lo, highOf(b)));
      return word(lo, () => HELPER_HI);
    }
  }
}

/** Low word and high word; the high one is not asked for where it is known. */
type Pair = readonly [lo: Expression, hi: () => Expression];

function shiftByConstant(op: Shift, a: Word, n: number): Pair {
  const across = (low: Expression, high: Expression): Expression => lower32('or', low, high);
  const [upper, by] = [highOf(a), num(n)];
  if (op === 'shl') {
    if (n >= 32) return [num(0), () => shift(op, a.lo, num(n - 32))];
    return [shift(op, a.lo, by), () => across(shift(op, upper, by), bin('>>>', a.lo, num(32 - n)))];
  }
  const hi = (): Expression => shift(op, upper, by);
  if (n >= 32) return [shift(op, upper, num(n - 32)), hi];
  if (a.known & ZEXT) return [shift('shrU', a.lo, by), hi];
  if (a.known & SEXT && op === 'shrS') return [shift('shrS', a.lo, by), hi];
  return [across(bin('>>>', a.lo, by), shift('shl', upper, num(32 - n))), hi];
}

function shiftByRegister(op: Shift, a: Word, b: Word, leaves: Leaves): Pair {
  const n = leaves.temporary(b.lo);
  const far = bin('!==', bin('&', n, num(32)), num(0));
  // x >>> 1 >>> ~n is x >>> 32 - n without the special case n = 0.
  const spill = (e: Expression, operator: '<<' | '>>>'): Expression =>
    bin(operator, bin(operator, e, num(1)), { type: 'UnaryExpression', operator: '~', prefix: true, argument: n });
  const hiWord = highOf(a);
  if (op === 'shl') {
    const lo = choose(far, num(0), bin('<<', a.lo, n));
    const near = bin('|', bin('<<', hiWord, n), spill(a.lo, '>>>'));
    return [lo, () => choose(far, bin('<<', a.lo, n), near)];
  }
  const operator = op === 'shrS' ? '>>' : '>>>';
  const lo = choose(far, int(bin(operator, hiWord, n)), bin('|', bin('>>>', a.lo, n), spill(hiWord, '<<')));
  const filler = op === 'shrS' ? bin('>>', hiWord, num(31)) : num(0);
  return [lo, () => choose(far, filler, int(bin(operator, hiWord, n)))];
}

const COMPARE_SIGNED: Record<CompareOp, '===' | '!==' | '<' | '>='> = {
  eq: '===',
  ne: '!==',
  ltS: '<',
  geS: '>=',
  ltU: '<',
  geU: '>=',
};

/** A JavaScript condition. */
export function lowerCond(cond: Cond, leaves: Leaves): Expression {
  const wide = cond.a.w === 64;
  const a = lower(cond.a, leaves, wide);
  const b = lower(cond.b, leaves, wide);
  const { op } = cond;
  const unsigned = op === 'ltU' || op === 'geU';
  const words = (x: Expression, y: Expression): Expression =>
    unsigned ? bin(COMPARE_SIGNED[op], uint(x), uint(y)) : bin(COMPARE_SIGNED[op], x, y);
  // Sign extension keeps both orders of 32-bit values; zero extension keeps the unsigned one and equality.
  const shared = a.known & b.known;
  if (!wide || shared & SEXT) return words(a.lo, b.lo);
  if (shared & ZEXT)
    return op === 'eq' || op === 'ne' ? words(a.lo, b.lo) : bin(COMPARE_SIGNED[op], uint(a.lo), uint(b.lo));
  if (constantOf(cond.b) === 0n && (op === 'ltS' || op === 'geS')) return bin(COMPARE_SIGNED[op], highOf(a), num(0));
  if (op === 'eq' || op === 'ne') {
    const difference = bin('|', lower32('xor', a.lo, b.lo), lower32('xor', highOf(a), highOf(b)));
    return bin(COMPARE_SIGNED[op], difference, num(0));
  }
  return order64(op, a, b, leaves, unsigned);
}

function order64(op: CompareOp, a: Word, b: Word, leaves: Leaves, unsigned: boolean): Expression {
  const ah = leaves.temporary(highOf(a));
  const bh = leaves.temporary(highOf(b));
  const strict = unsigned ? below(ah, bh) : bin('<', ah, bh);
  const lows = bin('<', uint(a.lo), uint(b.lo));
  const less = choose(bin('===', ah, bh), lows, strict);
  if (op === 'ltS' || op === 'ltU') return less;
  const notLows = bin('>=', uint(a.lo), uint(b.lo));
  const notStrict = unsigned ? bin('>', uint(ah), uint(bh)) : bin('>', ah, bh);
  return logical('||', notStrict, logical('&&', bin('===', ah, bh), notLows));
}
