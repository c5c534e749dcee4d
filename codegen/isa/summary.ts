// What an instruction reads and writes, as folds over its effect.

import { assertNever } from '../../runtime/errors.ts';
import type { Effect, Expr } from './expr.ts';
import type { Row } from './row.ts';

/** The operands of a node, left to right. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.op) {
    case 'const':
    case 'reg':
    case 'imm':
    case 'pc':
      return [];
    case 'sext':
    case 'zext':
    case 'trunc':
      return [expr.a];
    case 'bool':
      return [expr.cond.a, expr.cond.b];
    default:
      return [expr.a, expr.b];
  }
}

/** The expressions under an effect. */
export function expressionsOf(effect: Effect): readonly Expr[] {
  switch (effect.kind) {
    case 'write':
      return [effect.value];
    case 'load':
      return [effect.address];
    case 'store':
      return [effect.address, effect.value];
    case 'branch':
      return [effect.taken.a, effect.taken.b, effect.target];
    case 'jump':
      return [effect.target];
    case 'ecall':
    case 'ebreak':
    case 'fence':
      return [];
    default:
      return assertNever(effect);
  }
}

const reads = (expr: Expr, field: 'rs1' | 'rs2'): boolean =>
  (expr.op === 'reg' && expr.field === field) || operandsOf(expr).some(operand => reads(operand, field));

export interface Reads {
  readonly rs1: boolean;
  readonly rs2: boolean;
}

const readsOfRow = new WeakMap<Row, Reads>();

/** Which register operands the row's meaning depends on. */
export function opReads(row: Row): Reads {
  let found = readsOfRow.get(row);
  if (found === undefined) {
    const expressions = expressionsOf(row.effect);
    found = {
      rs1: expressions.some(expr => reads(expr, 'rs1')),
      rs2: expressions.some(expr => reads(expr, 'rs2')),
    };
    readsOfRow.set(row, found);
  }
  return found;
}

/** Whether the row writes rd. */
export function writesRd(row: Row): boolean {
  const { kind } = row.effect;
  return kind === 'write' || kind === 'load' || kind === 'jump';
}
