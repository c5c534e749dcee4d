// Trees of 32 bits → JavaScript on int32 words. A 64-bit value is a pair lo, hi, into which region/halves.ts has split it:
// nothing is decided here but how an operator is written.

import { CONTROL } from '../../runtime/layout.ts';
import type { Binary, CompareOp, Cond, Expr } from '../isa/expr.ts';
import { type HalfTest, type HalfTree, type Leaf, type Made, split, splitCond } from '../region/halves.ts';
import { type Known, knownOfValue, SEXT, ZEXT } from '../region/known.ts';
import { bin, call, choose, type Expression, index, int, logical, num, uint, unary } from './estree.ts';

export interface WordHalves {
  readonly lo: Expression;
  readonly hi: Expression;
  readonly known: Known;
}

/** Where the leaves of an instruction's tree are found, and a place for temporaries. */
export interface LeafWords extends Readonly<Record<Leaf, WordHalves>> {
  /** Evaluates `e` once, before everything that follows, and gives the variable that holds it. */
  temporary(e: Expression): Expression;
}

/** Word of the control page where helpers leave the high word of their result. */
const HELPER_HI: Expression = index('R', num(CONTROL.resultHi));

const ZERO = num(0);

/** A word in variables, of which the high one need not be right where it is known. */
export const wordIn = (lo: Expression, hi: Expression, known: Known): WordHalves => ({
  lo,
  hi: known & ZEXT ? ZERO : known & SEXT ? bin('>>', lo, num(31)) : hi,
  known,
});

/** Of a leaf that simplified trees have no more. */
export const FOLDED: WordHalves = { lo: ZERO, hi: ZERO, known: 0 };

export const constantWord = (value: bigint): WordHalves => ({
  lo: num(Number(BigInt.asIntN(32, value))),
  hi: num(Number(BigInt.asIntN(32, value >> 32n))),
  known: knownOfValue(value),
});

/** The word of a whole tree. `wantsHigh` false lets the high word be anything. */
export function lower(expr: Expr, leaves: LeafWords, wantsHigh: boolean): WordHalves {
  const { lo, hi, known, made } = split(expr, leaf => leaves[leaf].known, wantsHigh);
  const text = new HalfPrinter(leaves, made);
  return { lo: text.of(lo), hi: wantsHigh ? text.of(hi) : ZERO, known };
}

/** A JavaScript condition. */
export function lowerCond(cond: Cond, leaves: LeafWords): Expression {
  const { test, made } = splitCond(cond, leaf => leaves[leaf].known);
  return new HalfPrinter(leaves, made).test(test);
}

const BITWISE = { and: '&', or: '|', xor: '^', shl: '<<', shrS: '>>' } as const;
const UPPER = { mul: 'imul', mulhS: 'mulh32', mulhU: 'mulhu32', mulhSU: 'mulhsu32' } as const;

const COMPARE: Record<CompareOp, '===' | '!==' | '<' | '>='> = {
  eq: '===',
  ne: '!==',
  ltS: '<',
  geS: '>=',
  ltU: '<',
  geU: '>=',
};

/** Whether `>>>` gives an int32. */
const isInt32 = ({ b }: Binary<HalfTree>): boolean => b.op === 'const' && b.value % 32n !== 0n;

const numberOf = (value: bigint): number => Number(BigInt.asIntN(32, value));

/** Writes trees that share what is made before them. */
export class HalfPrinter {
  readonly #leaves: LeafWords;
  readonly #made: Expression[] = [];

  constructor(leaves: LeafWords, made: Made = []) {
    this.#leaves = leaves;
    for (const value of made)
      this.#made.push(leaves.temporary(value.op === 'wide' ? this.#wide(value) : this.of(value)));
  }

  #wide({ operator, a, b }: Extract<Made[number], { op: 'wide' }>): Expression {
    const words = [a.lo, a.hi, b.lo, b.hi].map(half => this.of(half));
    return call(`${operator as 'divS'}64`, ...words);
  }

  /** An int32. */
  of(half: HalfTree): Expression {
    switch (half.op) {
      case 'const':
        return num(numberOf(half.value));
      case 'leaf': {
        const { lo, hi } = this.#leaves[half.leaf];
        return half.isHigh ? hi : lo;
      }
      case 'made':
        return this.#made[half.index]!;
      case 'rest':
        return HELPER_HI;
      case 'choose':
        return choose(this.test(half.test), this.of(half.a), this.of(half.b));
      case 'add':
        return int(this.#sum(half));
      case 'sub':
        return int(bin('-', this.of(half.a), this.of(half.b)));
      case 'and':
      case 'or':
      case 'xor':
      case 'shl':
      case 'shrS':
        return this.#bitwise(half, BITWISE[half.op]);
      case 'shrU':
        return isInt32(half) ? this.#modular(half) : int(this.#modular(half));
      case 'mul':
      case 'mulhS':
      case 'mulhU':
      case 'mulhSU':
        return call(UPPER[half.op], this.of(half.a), this.of(half.b));
      case 'divS':
      case 'divU':
      case 'remS':
      case 'remU':
        return this.#division(half, half.op);
    }
  }

  /** A number that is the value modulo 2^32, which is all that an operator on bits asks. */
  #modular(half: HalfTree): Expression {
    return half.op === 'shrU' ? bin('>>>', this.#modular(half.a), this.of(half.b)) : this.of(half);
  }

  /** JavaScript masks amounts of shifts to 5 bits, as the operators do. */
  #bitwise({ a, b }: Binary<HalfTree>, operator: '&' | '|' | '^' | '<<' | '>>'): Expression {
    if (operator === '^' && b.op === 'const' && numberOf(b.value) === -1) return unary('~', this.of(a));
    return bin(operator, this.#modular(a), this.#modular(b));
  }

  /** Exact, since few terms are added. */
  #sum({ a, b }: Binary<HalfTree>): Expression {
    const term = (half: HalfTree): Expression =>
      half.op === 'add' ? this.#sum(half as Binary<HalfTree>) : this.of(half);
    const constant = b.op === 'const' ? numberOf(b.value) : 0;
    return constant < 0 ? bin('-', term(a), num(-constant)) : bin('+', term(a), term(b));
  }

  #division({ a, b }: Binary<HalfTree>, op: 'divS' | 'divU' | 'remS' | 'remU'): Expression {
    const isQuotient = op === 'divS' || op === 'divU';
    const number = (half: HalfTree): Expression =>
      op === 'divU' || op === 'remU' ? this.#unsigned(half) : this.of(half);
    const byZero = isQuotient ? num(-1) : this.of(a);
    return choose(bin('===', this.of(b), ZERO), byZero, int(bin(isQuotient ? '/' : '%', number(a), number(b))));
  }

  #unsigned(half: HalfTree): Expression {
    if (half.op === 'const') return num(Number(half.value));
    return half.op === 'shrU' ? this.#modular(half) : uint(this.of(half));
  }

  test(test: HalfTest): Expression {
    switch (test.op) {
      case 'both':
      case 'either':
        return logical(test.op === 'both' ? '&&' : '||', this.test(test.a), this.test(test.b));
      case 'choose':
        return choose(this.test(test.test), this.test(test.a), this.test(test.b));
      case 'ltU':
      case 'geU':
        return bin(COMPARE[test.op], this.#unsigned(test.a), this.#unsigned(test.b));
      default:
        return bin(COMPARE[test.op], this.of(test.a), this.of(test.b));
    }
  }
}
