// Short constructors for the ESTree nodes that the printers emit. Positions are never filled in.

import type {
  AssignmentOperator,
  BinaryOperator,
  BreakStatement,
  Expression,
  Identifier,
  LogicalOperator,
  Pattern,
  Statement,
  UnaryOperator,
} from 'estree';
import { type AbiArray, type AbiFunction, abiSignature } from '../../runtime/contract.ts';
import { assert } from '../../runtime/errors.ts';

export type { BreakStatement, Expression, Identifier, Statement } from 'estree';

export const id = (name: string): Identifier => ({ type: 'Identifier', name });

export const num = (value: number): Expression =>
  value < 0 || Object.is(value, -0)
    ? { type: 'UnaryExpression', operator: '-', prefix: true, argument: { type: 'Literal', value: -value } }
    : { type: 'Literal', value };

/** A literal printed in hexadecimal, for addresses and masks. */
export const hexNum = (value: number): Expression => ({ type: 'Literal', value, raw: `0x${value.toString(16)}` });

export const bin = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
  type: 'BinaryExpression',
  operator,
  left,
  right,
});

export const logical = (operator: LogicalOperator, left: Expression, right: Expression): Expression => ({
  type: 'LogicalExpression',
  operator,
  left,
  right,
});

export const unary = (operator: UnaryOperator, argument: Expression): Expression => ({
  type: 'UnaryExpression',
  operator,
  prefix: true,
  argument,
});

/** `e | 0`. */
export const int = (e: Expression): Expression => bin('|', e, num(0));

/** `e >>> 0`. */
export const uint = (e: Expression): Expression => bin('>>>', e, num(0));

/** A call of a function of the ABI, with as many arguments as it takes, or of a value. */
export function call(callee: AbiFunction | Expression, ...args: Expression[]): Expression {
  if (typeof callee !== 'string') return { type: 'CallExpression', callee, arguments: args, optional: false };
  const { least, most } = abiSignature(callee);
  assert(args.length >= least && args.length <= most, `${callee} takes ${least} to ${most} words, not ${args.length}`);
  return { type: 'CallExpression', callee: id(callee), arguments: args, optional: false };
}

/** An element of an array of the ABI. */
export const index = (array: AbiArray, at: Expression): Expression => ({
  type: 'MemberExpression',
  object: id(array),
  property: at,
  computed: true,
  optional: false,
});

/** A word of the control page. */
export const control = (word: number): Expression => index('R', num(word));

export const increment = (argument: Expression, operator: '++' | '--' = '++'): Statement =>
  statementOf({ type: 'UpdateExpression', operator, prefix: false, argument });

export const choose = (test: Expression, consequent: Expression, alternate: Expression): Expression => ({
  type: 'ConditionalExpression',
  test,
  consequent,
  alternate,
});

export const assignment = (left: Expression, right: Expression, operator: AssignmentOperator = '='): Expression => ({
  type: 'AssignmentExpression',
  operator,
  left: left as Pattern,
  right,
});

export const statementOf = (expression: Expression): Statement => ({ type: 'ExpressionStatement', expression });

export const assign = (left: Expression, right: Expression, operator: AssignmentOperator = '='): Statement =>
  statementOf(assignment(left, right, operator));

export const block = (body: Statement[]): Statement => ({ type: 'BlockStatement', body });

/** `if`; a consequent that is an `if` itself gets braces, or the alternate would be taken for its own. */
export const when = (test: Expression, consequent: Statement, alternate?: Statement): Statement => ({
  type: 'IfStatement',
  test,
  consequent: alternate !== undefined && consequent.type === 'IfStatement' ? block([consequent]) : consequent,
  alternate: alternate ?? null,
});

export const give = (argument: Expression): Statement => ({ type: 'ReturnStatement', argument });

export const declare = (
  kind: 'const' | 'let',
  declarations: readonly (readonly [name: string, init?: Expression])[],
): Statement => ({
  type: 'VariableDeclaration',
  kind,
  declarations: declarations.map(([name, init]) => ({ type: 'VariableDeclarator', id: id(name), init: init ?? null })),
});

export const labelled = (label: string, body: Statement): Statement => ({
  type: 'LabeledStatement',
  label: id(label),
  body,
});

export const forever = (body: Statement): Statement => ({ type: 'ForStatement', body });

export const leave = (label?: string): BreakStatement => ({
  type: 'BreakStatement',
  label: label === undefined ? null : id(label),
});

export const again = (label?: string): Statement => ({
  type: 'ContinueStatement',
  label: label === undefined ? null : id(label),
});

export const choice = (
  discriminant: Expression,
  cases: readonly { test: Expression | undefined; body: Statement[] }[],
): Statement => ({
  type: 'SwitchStatement',
  discriminant,
  cases: cases.map(({ test, body }) => ({ type: 'SwitchCase', test: test ?? null, consequent: body })),
});
