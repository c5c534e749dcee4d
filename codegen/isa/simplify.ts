// Expr → a tree of the same value that is no larger, where the values of some leaves are known. It is done once, before
// anything is analysed or printed: no printer folds constants on its own output.
//
// A rule is a row with its algebra. It must hold at both widths and for every value of x; `test/codegen/isa/simplify.test.ts`
// names each and tries it on the evaluator.

import { evaluate, type LeafValues } from './evaluate.ts';
import type { Binary, BinaryOp, Cond, Constant, Effect, Expr } from './expr.ts';
import { constant } from './expr.ts';

/** Values of leaves, taken modulo 2^width of the leaf; absent where only running code knows them. */
export type KnownLeaves = { readonly [leaf in keyof LeafValues]?: bigint | undefined };

type Side = 'a' | 'b';

/** Where operand `at` is the constant `value`, the result is operand `gives`. */
interface OperandRule {
  readonly algebra: string;
  readonly op: BinaryOp;
  readonly at: Side;
  readonly value: 0 | -1;
  readonly gives: Side;
}

const operandRule = (algebra: string, op: BinaryOp, at: Side, value: 0 | -1, gives: Side): OperandRule => ({
  algebra,
  op,
  at,
  value,
  gives,
});

export const OPERAND_RULES: readonly OperandRule[] = [
  operandRule('x + 0 = x', 'add', 'b', 0, 'a'),
  operandRule('0 + x = x', 'add', 'a', 0, 'b'),
  operandRule('x - 0 = x', 'sub', 'b', 0, 'a'),
  operandRule('x | 0 = x', 'or', 'b', 0, 'a'),
  operandRule('0 | x = x', 'or', 'a', 0, 'b'),
  operandRule('x ^ 0 = x', 'xor', 'b', 0, 'a'),
  operandRule('0 ^ x = x', 'xor', 'a', 0, 'b'),
  operandRule('x << 0 = x', 'shl', 'b', 0, 'a'),
  operandRule('x >>u 0 = x', 'shrU', 'b', 0, 'a'),
  operandRule('x >>s 0 = x', 'shrS', 'b', 0, 'a'),
  operandRule('x & -1 = x', 'and', 'b', -1, 'a'),
  operandRule('-1 & x = x', 'and', 'a', -1, 'b'),
  operandRule('x & 0 = 0', 'and', 'b', 0, 'b'),
  operandRule('0 & x = 0', 'and', 'a', 0, 'a'),
  operandRule('x * 0 = 0', 'mul', 'b', 0, 'b'),
  operandRule('0 * x = 0', 'mul', 'a', 0, 'a'),
  operandRule('0 << x = 0', 'shl', 'a', 0, 'a'),
  operandRule('0 >>u x = 0', 'shrU', 'a', 0, 'a'),
  operandRule('0 >>s x = 0', 'shrS', 'a', 0, 'a'),
];

const rulesOf = new Map<BinaryOp, readonly OperandRule[]>(
  OPERAND_RULES.map(({ op }) => [op, OPERAND_RULES.filter(rule => rule.op === op)]),
);

/** The operand that is the result of an operator, given the operands that are constants, as signed numbers. */
export function resultOperand(op: BinaryOp, a: number | undefined, b: number | undefined): Side | undefined {
  if (a === undefined && b === undefined) return undefined;
  return rulesOf.get(op)?.find(({ at, value }) => (at === 'a' ? a : b) === value)?.gives;
}

interface TreeRule {
  readonly algebra: string;
  /** The other side of the equation, where the tree is of its form. */
  apply(expr: Expr): Expr | undefined;
}

export const TREE_RULES: readonly TreeRule[] = [
  {
    // Most machines have zero extension for nothing, and the upper half is known to be 0.
    algebra: 'sext(x >>u n) = zext(x >>u n), 0 < n mod 32',
    apply: expr =>
      expr.op === 'sext' && expr.a.op === 'shrU' && expr.a.b.op === 'const' && expr.a.b.value % 32n !== 0n
        ? { op: 'zext', w: 64, a: expr.a }
        : undefined,
  },
];

/** Trees of any kind whose constants are these. */
interface Tree {
  readonly op: string;
}

const isConstant = (tree: Tree): tree is Constant => tree.op === 'const';

/** A constant as a signed number; inexact beyond 2^53, where no rule has one. */
const numberOf = (tree: Tree): number | undefined =>
  isConstant(tree) ? Number(BigInt.asIntN(tree.w, tree.value)) : undefined;

/** No leaf is left in a tree whose operands are all constants. */
const NO_LEAVES: LeafValues = { rs1: 0n, rs2: 0n, imm: 0n, pc: 0n };

const constantOf = (expr: Expr): Constant => constant(expr.w, evaluate(expr, NO_LEAVES));

/** An operator on simplified trees: a constant, one of them, or itself. */
export function simplifyOperator<T extends Tree>(made: Binary<T>): T | Constant | Binary<T> {
  const { op, w, a, b } = made;
  if (isConstant(a) && isConstant(b)) return constantOf({ op, w, a, b });
  if (!isConstant(a) && !isConstant(b)) return made;
  const result = resultOperand(op, numberOf(a), numberOf(b));
  return result === undefined ? made : made[result];
}

/** The tree with known leaves in place and every rule applied, from the leaves up. */
export function simplify(expr: Expr, leaves: KnownLeaves): Expr {
  switch (expr.op) {
    case 'const':
      return expr;
    case 'reg':
    case 'imm':
    case 'pc': {
      const value = leaves[expr.op === 'reg' ? expr.field : expr.op];
      return value === undefined ? expr : constant(expr.w, value);
    }
    case 'sext':
    case 'zext':
    case 'trunc': {
      const a = simplify(expr.a, leaves);
      const made: Expr = { ...expr, a };
      return a.op === 'const' ? constantOf(made) : byTreeRules(made);
    }
    case 'bool': {
      const made: Expr = { ...expr, cond: simplifyCond(expr.cond, leaves) };
      return made.cond.a.op === 'const' && made.cond.b.op === 'const' ? constantOf(made) : made;
    }
    default: {
      const a = simplify(expr.a, leaves);
      const b = simplify(expr.b, leaves);
      return byTreeRules(simplifyOperator<Expr>({ op: expr.op, w: expr.w, a, b }));
    }
  }
}

function byTreeRules(expr: Expr): Expr {
  for (const rule of TREE_RULES) {
    const found = rule.apply(expr);
    if (found !== undefined) return found;
  }
  return expr;
}

export const simplifyCond = ({ op, a, b }: Cond, leaves: KnownLeaves): Cond => ({
  op,
  a: simplify(a, leaves),
  b: simplify(b, leaves),
});

export function simplifyEffect(effect: Effect, leaves: KnownLeaves): Effect {
  switch (effect.kind) {
    case 'write':
      return { kind: 'write', value: simplify(effect.value, leaves) };
    case 'load':
      return { ...effect, address: simplify(effect.address, leaves) };
    case 'store':
      return { ...effect, address: simplify(effect.address, leaves), value: simplify(effect.value, leaves) };
    case 'branch':
      return { kind: 'branch', taken: simplifyCond(effect.taken, leaves), target: simplify(effect.target, leaves) };
    case 'jump':
      return { kind: 'jump', target: simplify(effect.target, leaves) };
    default:
      return effect;
  }
}
