// Expr → JavaScript on int32 words, driven by demand: callers ask for the low or the high word of a value.
// The only file that knows how JavaScript represents a 64-bit word (a pair lo, hi) and what may be known of it.
import { CONTROL } from '../../runtime/layout.ts';
import { evaluate } from '../isa/evaluate.ts';
import type { BinaryOp, CompareOp, Cond, Expr } from '../isa/expr.ts';
import { operandsOf } from '../isa/summary.ts';
import { bin, call, choose, type Expression, index, int, literal, logical, num, uint } from './estree.ts';

/** What is known of a 64-bit value: bit 0, hi = lo >> 31 (sign-extended); bit 1, hi = 0 (zero-extended). */
export type Known = 0 | 1 | 2 | 3;
export const SEXT = 1;
export const ZEXT = 2;

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
  return { lo: num(lo), hi: num(hi), known: ((hi === lo >> 31 ? SEXT : 0) | (hi === 0 ? ZEXT : 0)) as Known };
}

function constantOf(word: Word): bigint | undefined {
  const lo = literal(word.lo);
  const hi = word.known & ZEXT ? 0 : word.known & SEXT && lo !== undefined ? lo >> 31 : literal(word.hi);
  return lo === undefined || hi === undefined ? undefined : (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

export function highOf(word: Word): Expression {
  if (word.known & ZEXT) return num(0);
  if ((word.known & SEXT) === 0) return word.hi;
  const lo = literal(word.lo);
  return lo === undefined ? bin('>>', word.lo, num(31)) : num(lo >> 31);
}

/** The word of a whole tree. `wantHi` false lets the high word be anything. */
export function lower(expr: Expr, leaves: Leaves, wantHi: boolean): Word {
  const folded = fold(expr, leaves);
  if (folded !== undefined) return constantWord(folded);
  switch (expr.op) {
    case 'const':
      return constantWord(expr.value);
    case 'reg':
      return leaves[expr.field];
    case 'imm':
      return leaves.imm;
    case 'pc':
      return leaves.pc;
    case 'sext': {
      const a = lower(expr.a, leaves, false);
      return { ...a, known: a.known === 3 ? 3 : SEXT };
    }
    case 'zext':
      return { lo: lower(expr.a, leaves, false).lo, hi: num(0), known: ZEXT };
    case 'trunc':
      return lower(expr.a, leaves, false);
    case 'bool':
      return { lo: choose(lowerCond(expr.cond, leaves), num(1), num(0)), hi: num(0), known: 3 };
    default: {
      const a = lower(expr.a, leaves, expr.w === 64);
      const b = lower(expr.b, leaves, expr.w === 64);
      return expr.w === 32
        ? { lo: lower32(expr.op, a.lo, b.lo), hi: num(0), known: 0 }
        : lower64(expr.op, a, b, leaves, wantHi);
    }
  }
}

/** The value of a tree all of whose leaves are constants. */
function fold(expr: Expr, leaves: Leaves): bigint | undefined {
  if (expr.op === 'bool' || expr.op === 'const') return undefined;
  const wanted = new Set<'rs1' | 'rs2' | 'imm' | 'pc'>();
  collectLeaves(expr, wanted);
  const values = { rs1: 0n, rs2: 0n, imm: 0n, pc: 0n };
  for (const name of wanted) {
    const value = constantOf(leaves[name]);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return evaluate(expr, values);
}

function collectLeaves(expr: Expr, into: Set<'rs1' | 'rs2' | 'imm' | 'pc'>): void {
  if (expr.op === 'reg') into.add(expr.field);
  else if (expr.op === 'imm' || expr.op === 'pc') into.add(expr.op);
  for (const operand of operandsOf(expr)) collectLeaves(operand, into);
}

function lower32(op: BinaryOp, a: Expression, b: Expression): Expression {
  const one = literal(a) === 0 ? b : literal(b) === 0 ? a : undefined;
  switch (op) {
    case 'add':
      return one ?? int(bin('+', a, b));
    case 'sub':
      return literal(b) === 0 ? a : int(bin('-', a, b));
    case 'and':
      return bin('&', a, b);
    case 'or':
      return one ?? bin('|', a, b);
    case 'xor':
      return one ?? bin('^', a, b);
    case 'shl':
      return shift('<<', a, b);
    case 'shrU':
      return shift('>>>', a, b);
    case 'shrS':
      return shift('>>', a, b);
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

/** JavaScript masks shift amounts to 5 bits, as the 32-bit operators do; `>>>` must come back to int32. */
function shift(operator: '<<' | '>>' | '>>>', a: Expression, by: Expression): Expression {
  const n = literal(by);
  if (n !== undefined && (n & 31) === 0) return a;
  const shifted = bin(operator, a, n === undefined ? by : num(n & 31));
  return operator === '>>>' ? int(shifted) : shifted;
}

const carryOf = (below: Expression): Expression => choose(below, num(1), num(0));
const below = (a: Expression, b: Expression): Expression => bin('<', uint(a), uint(b));

function sum(...terms: Expression[]): Expression {
  const rest = terms.filter(t => literal(t) !== 0);
  const [first, ...others] = rest;
  if (first === undefined) return num(0);
  return int(others.reduce((left, right) => bin('+', left, right), first));
}

function lower64(op: BinaryOp, a: Word, b: Word, leaves: Leaves, wantHi: boolean): Word {
  const word = (lo: Expression, hi: () => Expression, known: Known = 0): Word => ({
    lo,
    hi: wantHi && known === 0 ? hi() : num(0),
    known,
  });
  switch (op) {
    case 'add': {
      if (constantOf(b) === 0n) return a;
      if (constantOf(a) === 0n) return b;
      if (!wantHi) return word(lower32('add', a.lo, b.lo), () => num(0));
      const lo = leaves.temporary(lower32('add', a.lo, b.lo));
      // The sum's low word is below either addend exactly when it wrapped; a literal makes the cheaper test.
      return word(lo, () => sum(highOf(a), highOf(b), carryOf(below(lo, literal(b.lo) === undefined ? a.lo : b.lo))));
    }
    case 'sub':
      if (constantOf(b) === 0n) return a;
      return word(lower32('sub', a.lo, b.lo), () =>
        int(bin('-', lower32('sub', highOf(a), highOf(b)), carryOf(below(a.lo, b.lo)))),
      );
    case 'and': {
      const known = ((a.known | b.known) & ZEXT) | (a.known & b.known) | (a.known === 3 || b.known === 3 ? 3 : 0);
      return word(bin('&', a.lo, b.lo), () => bin('&', highOf(a), highOf(b)), known as Known);
    }
    case 'or':
    case 'xor': {
      const known = (a.known & b.known) as Known;
      return word(lower32(op, a.lo, b.lo), () => lower32(op, highOf(a), highOf(b)), known);
    }
    case 'shl':
    case 'shrU':
    case 'shrS':
      return literal(b.lo) === undefined
        ? shiftByRegister(op, a, b, leaves, wantHi)
        : shiftByConstant(op, a, literal(b.lo)! & 63, word);
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

type MakeWord = (lo: Expression, hi: () => Expression, known?: Known) => Word;

function shiftByConstant(op: 'shl' | 'shrU' | 'shrS', a: Word, n: number, word: MakeWord): Word {
  if (n === 0) return a;
  const across = (low: Expression, high: Expression): Expression => bin('|', low, high);
  if (op === 'shl') {
    if (n >= 32) return word(num(0), () => shift('<<', a.lo, num(n - 32)));
    return word(shift('<<', a.lo, num(n)), () => across(shift('<<', highOf(a), num(n)), bin('>>>', a.lo, num(32 - n))));
  }
  const signed = op === 'shrS';
  if (n >= 32) {
    const lo = shift(signed ? '>>' : '>>>', highOf(a), num(n - 32));
    return word(lo, () => num(0), signed ? SEXT : n === 32 ? ZEXT : 3);
  }
  if (a.known & ZEXT) return word(shift('>>>', a.lo, num(n)), () => num(0), 3);
  if (a.known & SEXT && signed) return word(shift('>>', a.lo, num(n)), () => num(0), SEXT);
  const lo = across(bin('>>>', a.lo, num(n)), shift('<<', highOf(a), num(32 - n)));
  return word(lo, () => shift(signed ? '>>' : '>>>', highOf(a), num(n)));
}

function shiftByRegister(op: 'shl' | 'shrU' | 'shrS', a: Word, b: Word, leaves: Leaves, wantHi: boolean): Word {
  const n = leaves.temporary(b.lo);
  const far = bin('!==', bin('&', n, num(32)), num(0));
  // x >>> 1 >>> ~n is x >>> 32 - n without the special case n = 0.
  const spill = (e: Expression, operator: '<<' | '>>>'): Expression =>
    bin(operator, bin(operator, e, num(1)), { type: 'UnaryExpression', operator: '~', prefix: true, argument: n });
  const hiWord = highOf(a);
  if (op === 'shl') {
    const lo = choose(far, num(0), bin('<<', a.lo, n));
    const near = bin('|', bin('<<', hiWord, n), spill(a.lo, '>>>'));
    return { lo, hi: wantHi ? choose(far, bin('<<', a.lo, n), near) : num(0), known: 0 };
  }
  const operator = op === 'shrS' ? '>>' : '>>>';
  const lo = choose(far, int(bin(operator, hiWord, n)), bin('|', bin('>>>', a.lo, n), spill(hiWord, '<<')));
  const filler = op === 'shrS' ? bin('>>', hiWord, num(31)) : num(0);
  return { lo, hi: wantHi ? choose(far, filler, int(bin(operator, hiWord, n))) : num(0), known: 0 };
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
  const zero = constantOf(b) === 0n;
  if (zero && (op === 'ltS' || op === 'geS')) return bin(COMPARE_SIGNED[op], highOf(a), num(0));
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
