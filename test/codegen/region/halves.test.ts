// 64-bit trees as halves: what is left of them once constants and known halves have met the rules. That they mean the same
// is tested where they are printed (test/codegen/javascript/lower.test.ts).

import { describe, expect, it, test } from 'vitest';
import { type Binary, binary, bool, compare, constant, type Expr, lo32, sext } from '../../../codegen/isa/expr.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { simplify, simplifyEffect, simplifyOperator } from '../../../codegen/isa/simplify.ts';
import { expressionsOf } from '../../../codegen/isa/summary.ts';
import { type HalfTest, type HalfTree, type Made, split, splitCond } from '../../../codegen/region/halves.ts';
import type { Known } from '../../../codegen/region/known.ts';

const x: Expr = { op: 'reg', w: 64, field: 'rs1' };
const y: Expr = { op: 'reg', w: 64, field: 'rs2' };
const imm = (value: number): Expr => constant(64, BigInt(value));
const KNOWN: readonly Known[] = [0, 1, 2, 3];

/** Halves as a formula: x.lo, x.hi, constants as signed numbers. */
function formula(half: HalfTree): string {
  switch (half.op) {
    case 'const':
      return String(BigInt.asIntN(32, half.value));
    case 'leaf':
      return `${half.leaf === 'rs1' ? 'x' : 'y'}.${half.isHigh ? 'hi' : 'lo'}`;
    case 'made':
      return `t${half.index}`;
    case 'rest':
      return 'rest';
    case 'choose':
      return `(${testFormula(half.test)} ? ${formula(half.a)} : ${formula(half.b)})`;
    default:
      return `${half.op}(${formula(half.a)}, ${formula(half.b)})`;
  }
}

function testFormula(test: HalfTest): string {
  switch (test.op) {
    case 'choose':
      return `(${[test.test, test.a, test.b].map(testFormula).join(', ')})`;
    case 'both':
    case 'either':
      return `${test.op}(${testFormula(test.a)}, ${testFormula(test.b)})`;
    default:
      return `${test.op}(${formula(test.a)}, ${formula(test.b)})`;
  }
}

const highOf = (expr: Expr, known: Known = 0): string => formula(split(expr, () => known, true).hi);

describe('the high half of', () => {
  test.each<[string, Expr, string]>([
    ['a sum with a negative number', binary('add', x, imm(-1)), 'add(add(x.hi, -1), (ltU(t0, -1) ? 1 : 0))'],
    ['a sum with a positive one', binary('add', x, imm(5)), 'add(x.hi, (ltU(t0, 5) ? 1 : 0))'],
    ['a mask of the low bits', binary('and', x, imm(-16)), 'x.hi'],
    ['a mask of few bits', binary('and', x, imm(15)), '0'],
    ['bits that are set', binary('or', x, imm(-2)), 'or(x.hi, -1)'],
    ['the complement', binary('xor', x, imm(-1)), 'xor(x.hi, -1)'],
    ['a shift to the left by 32', binary('shl', x, imm(32)), 'x.lo'],
    ['a shift to the left by 5', binary('shl', x, imm(5)), 'or(shl(x.hi, 5), shrU(x.lo, 27))'],
    ['a shift to the right by 40', binary('shrU', x, imm(40)), '0'],
    ['a negation', binary('sub', imm(0), x), 'sub(sub(0, x.hi), (ltU(0, x.lo) ? 1 : 0))'],
    ['a word, sign-extended', sext(binary('add', lo32(x), lo32(y))), 'shrS(add(x.lo, y.lo), 31)'],
    ['a quotient', binary('divU', x, y), 'rest'],
  ])('%s', (_, expr, high) => {
    expect(highOf(expr)).toBe(high);
  });

  it('what is known of operands is used', () => {
    expect(highOf(binary('add', x, y), 2)).toBe('(ltU(t0, x.lo) ? 1 : 0)');
    expect(highOf(binary('mul', x, y), 2)).toBe('mulhU(x.lo, y.lo)');
    expect(highOf(binary('shl', x, imm(1)), 3)).toBe('shrU(x.lo, 31)');
    expect(highOf(binary('add', x, imm(1)), 1)).toBe('add(shrS(x.lo, 31), (ltU(t0, 1) ? 1 : 0))');
  });
});

test('a high half that nobody wants costs nothing', () => {
  expect(split(binary('add', x, y), () => 0, false)).toMatchObject({ lo: { op: 'add' }, made: [] });
});

test('comparisons look at no more than they must', () => {
  const order = compare('ltS', x, y);
  expect(testFormula(splitCond(order, () => 1).test)).toBe('ltS(x.lo, y.lo)');
  expect(testFormula(splitCond(order, () => 2).test)).toBe('ltU(x.lo, y.lo)');
  expect(testFormula(splitCond(compare('geS', x, imm(0)), () => 0).test)).toBe('geS(x.hi, 0)');
  expect(testFormula(splitCond(compare('eq', x, imm(0)), () => 0).test)).toBe('eq(or(x.lo, x.hi), 0)');
  // The halves of -1 are made by nobody.
  expect(splitCond(compare('ltU', x, imm(-1)), () => 0).made).toHaveLength(1);
});

test('one high half may wait in the control page', () => {
  const twice = binary('mulhU', binary('divU', x, y), y);
  expect(() => split(twice, () => 0, true)).toThrow('room for one');
});

/** Every operator in a tree. */
function* operatorsOf(half: HalfTree): Generator<Binary<HalfTree>> {
  if ('b' in half) {
    yield* operatorsOf(half.a);
    yield* operatorsOf(half.b);
  }
  if (half.op === 'choose') yield* operatorsIn(half.test);
  else if ('b' in half) yield half;
}

function* operatorsIn(test: HalfTest): Generator<Binary<HalfTree>> {
  for (const side of [test.a, test.b] as (HalfTree | HalfTest)[])
    yield* isTest(side) ? operatorsIn(side) : operatorsOf(side);
  if (test.op === 'choose') yield* operatorsIn(test.test);
}

const COMPARISONS = ['eq', 'ne', 'ltS', 'geS', 'ltU', 'geU', 'both', 'either'];
const isTest = (tree: HalfTree | HalfTest): tree is HalfTest => COMPARISONS.includes(tree.op);

const operatorsMade = (made: Made): Binary<HalfTree>[] =>
  made
    .flatMap(value => (value.op === 'wide' ? [value.a, value.b].flatMap(({ lo, hi }) => [lo, hi]) : [value]))
    .flatMap(half => [...operatorsOf(half)]);

test('no rule is left to be applied to halves of any row, whatever is known', () => {
  const all: Binary<HalfTree>[] = [];
  for (const row of isa('rv64im').rows) {
    for (const value of [0n, 1n, -1n, 32n, 2047n, -2048n]) {
      const effect = simplifyEffect(row.effect, { imm: value, pc: 0x1_0000n });
      for (const known of KNOWN) {
        for (const expr of expressionsOf(effect)) {
          const { lo, hi, made } = split(expr, () => known, true);
          all.push(...operatorsOf(lo), ...operatorsOf(hi), ...operatorsMade(made));
        }
        if (effect.kind !== 'branch') continue;
        const { test, made } = splitCond(effect.taken, () => known);
        all.push(...operatorsIn(test), ...operatorsMade(made));
      }
    }
  }
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter(operator => simplifyOperator<HalfTree>(operator) !== operator).map(formula)).toEqual([]);
});

test('a condition as a value is 1 or 0', () => {
  expect(formula(split(simplify(bool(64, compare('ltU', x, imm(1))), {}), () => 3, true).lo)).toBe(
    '(ltU(x.lo, 1) ? 1 : 0)',
  );
});
