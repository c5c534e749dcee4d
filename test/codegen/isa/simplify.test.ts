// Each rule by its algebra: an example whose result it is, and that both sides mean the same.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import {
  type BinaryOp,
  binary,
  bool,
  compare,
  constant,
  type Expr,
  lo32,
  sext,
  type Width,
} from '../../../codegen/isa/expr.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { OPERAND_RULES, resultOperand, simplify, simplifyEffect, TREE_RULES } from '../../../codegen/isa/simplify.ts';
import { expressionsOf } from '../../../codegen/isa/summary.ts';

const WIDTHS: readonly Width[] = [32, 64];
const reg = (w: Width, field: 'rs1' | 'rs2' = 'rs1'): Expr => ({ op: 'reg', w, field });
const imm = (w: Width): Expr => ({ op: 'imm', w });
const c = (w: Width, value: number): Expr => constant(w, BigInt(value));
const word64 = fc.oneof(
  fc.constantFrom(0n, 1n, 31n, 32n, 63n, 64n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
);

function meanTheSame(before: Expr, after: Expr): void {
  const property = fc.property(word64, word64, word64, word64, (rs1, rs2, imm, pc) => {
    const leaves = { rs1, rs2, imm, pc };
    expect(evaluate(after, leaves)).toBe(evaluate(before, leaves));
  });
  fc.assert(property, { numRuns: 60 });
}

/** Left side and right side by the algebra of a rule, at a width. */
const EXAMPLES: Readonly<Record<string, (w: Width) => readonly [Expr, Expr]>> = {
  'x + 0 = x': w => [binary('add', reg(w), c(w, 0)), reg(w)],
  '0 + x = x': w => [binary('add', c(w, 0), reg(w)), reg(w)],
  'x - 0 = x': w => [binary('sub', reg(w), c(w, 0)), reg(w)],
  'x | 0 = x': w => [binary('or', reg(w), c(w, 0)), reg(w)],
  '0 | x = x': w => [binary('or', c(w, 0), reg(w)), reg(w)],
  'x ^ 0 = x': w => [binary('xor', reg(w), c(w, 0)), reg(w)],
  '0 ^ x = x': w => [binary('xor', c(w, 0), reg(w)), reg(w)],
  'x << 0 = x': w => [binary('shl', reg(w), c(w, 0)), reg(w)],
  'x >>u 0 = x': w => [binary('shrU', reg(w), c(w, 0)), reg(w)],
  'x >>s 0 = x': w => [binary('shrS', reg(w), c(w, 0)), reg(w)],
  'x & -1 = x': w => [binary('and', reg(w), c(w, -1)), reg(w)],
  '-1 & x = x': w => [binary('and', c(w, -1), reg(w)), reg(w)],
  'x & 0 = 0': w => [binary('and', reg(w), c(w, 0)), c(w, 0)],
  '0 & x = 0': w => [binary('and', c(w, 0), reg(w)), c(w, 0)],
  'x * 0 = 0': w => [binary('mul', reg(w), c(w, 0)), c(w, 0)],
  '0 * x = 0': w => [binary('mul', c(w, 0), reg(w)), c(w, 0)],
  '0 << x = 0': w => [binary('shl', c(w, 0), reg(w)), c(w, 0)],
  '0 >>u x = 0': w => [binary('shrU', c(w, 0), reg(w)), c(w, 0)],
  '0 >>s x = 0': w => [binary('shrS', c(w, 0), reg(w)), c(w, 0)],
  'sext(x >>u n) = zext(x >>u n), 0 < n mod 32': () => {
    const shifted = binary('shrU', lo32(reg(64)), c(32, 33));
    return [sext(shifted), { op: 'zext', w: 64, a: shifted }];
  },
};

describe.each([...OPERAND_RULES, ...TREE_RULES].map(rule => rule.algebra))('%s', algebra => {
  it.each(WIDTHS)('at %i bits', w => {
    const [left, right] = EXAMPLES[algebra]!(w);
    expect(simplify(left, {})).toEqual(right);
    meanTheSame(left, right);
  });
});

test('a rule stands once, and every example is of one', () => {
  const names = [...OPERAND_RULES, ...TREE_RULES].map(rule => rule.algebra);
  expect(names.toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
});

test('an operator without a rule for its constants keeps its operands', () => {
  expect(resultOperand('sub', 0, undefined)).toBeUndefined();
  expect(resultOperand('divU', undefined, 0)).toBeUndefined();
  expect(resultOperand('add', undefined, undefined)).toBeUndefined();
  expect(simplify(binary('sub', c(64, 0), reg(64)), {})).toEqual(binary('sub', c(64, 0), reg(64)));
  const unshifted = sext(binary('shrU', lo32(reg(64)), c(32, 32)));
  expect(simplify(unshifted, {})).toEqual(unshifted);
});

test('a constant that only its rounding makes 0 or -1 is none', () => {
  const upper = constant(64, 2n ** 63n);
  expect(simplify(binary('and', reg(64), upper), {})).toEqual(binary('and', reg(64), upper));
});

test('trees of constants are one', () => {
  const pc: Expr = { op: 'pc', w: 64 };
  expect(simplify(binary('add', pc, imm(64)), { pc: 0x8000_0000n, imm: -4096n })).toEqual(c(64, 0x7fff_f000));
  expect(simplify(bool(64, compare('ltU', reg(64), imm(64))), { rs1: 0n, imm: 1n })).toEqual(c(64, 1));
  expect(simplify(sext(binary('sub', lo32(reg(64)), lo32(imm(64)))), { rs1: 0n, imm: 1n })).toEqual(c(64, -1));
});

test('what is not known stays', () => {
  expect(simplify(binary('add', reg(64), imm(64)), {})).toEqual(binary('add', reg(64), imm(64)));
  expect(simplify(binary('add', reg(64), imm(64)), { imm: 3n })).toEqual(binary('add', reg(64), c(64, 3)));
});

const OPERATORS: readonly BinaryOp[] = [
  ...(['add', 'sub', 'and', 'or', 'xor', 'shl', 'shrU', 'shrS', 'mul', 'mulhS', 'mulhU', 'mulhSU'] as const),
  ...(['divS', 'divU', 'remS', 'remU'] as const),
];

test.each(OPERATORS)('%s means the same with any constant on either side', op => {
  for (const w of WIDTHS) {
    for (const value of [0n, 1n, -1n, 2n, 31n, 32n, 33n, 63n, 64n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 63n]) {
      for (const tree of [binary(op, reg(w), constant(w, value)), binary(op, constant(w, value), reg(w))])
        meanTheSame(tree, simplify(tree, {}));
    }
  }
});

test.each(['rv32im', 'rv64im'] as const)('every row of %s means the same with any leaves known', name => {
  const some = fc.option(word64, { nil: undefined });
  for (const { effect } of isa(name).rows) {
    const property = fc.property(some, some, some, some, word64, (rs1, rs2, imm, pc, rest) => {
      const simple = expressionsOf(simplifyEffect(effect, { rs1, rs2, imm, pc }));
      const leaves = { rs1: rs1 ?? rest, rs2: rs2 ?? rest, imm: imm ?? rest, pc: pc ?? rest };
      expect(simple.map(expr => evaluate(expr, leaves))).toEqual(
        expressionsOf(effect).map(expr => evaluate(expr, leaves)),
      );
    });
    fc.assert(property, { numRuns: 60 });
  }
});
