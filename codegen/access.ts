// Loads and stores as JavaScript: one test for window, alignment and high word, then a plain typed-array access.

import type { AccessBytes, Effect, Expr } from './isa/expr.ts';
import { assign, bin, type Expression, hex, index, int, literal, num, type Statement } from './estree.ts';
import { highOf, type Known, type Leaves, lower, SEXT, type Word, ZEXT } from './lower.ts';

/** How guest addresses become area offsets in generated text. */
export interface Window {
  /** First guest address of the window for loads, and for stores (past protected text). */
  readonly loadBase: Expression;
  readonly storeBase: Expression;
  /** Bits of `address - base` that are zero exactly inside the window. */
  readonly outside: number;
}

export interface Place {
  /** `address - base`, an area offset where the test passes. */
  readonly offset: Expression;
  /** Nonzero unless the offset is inside the window and aligned. */
  readonly refused: (offset: Expression) => Expression;
  readonly address: Word;
}

/** Where an access goes. `offset` must be bound to a variable before `refused` is asked. */
export function place(expr: Expr, bytes: AccessBytes, base: Expression, outside: number, xlen: 32 | 64, leaves: Leaves): Place {
  const address = lower(expr, leaves, xlen === 64);
  const mask = (outside | (bytes - 1)) >>> 0;
  const masked = (offset: Expression): Expression => bin('&', offset, hex(mask));
  // The high word of the base register serves for that of the sum: a carry lands below 4096, outside every window.
  const high = xlen === 32 ? num(0) : highOf(expr.op === 'add' && expr.b.op === 'imm' ? lower(expr.a, leaves, true) : address);
  return {
    offset: offsetOf(expr, base, leaves, address),
    refused: offset => (literal(high) === 0 ? masked(offset) : bin('|', masked(offset), high)),
    address,
  };
}

/** `address - base`, with the immediate and the base folded into one literal where both are. */
function offsetOf(expr: Expr, base: Expression, leaves: Leaves, address: Word): Expression {
  const origin = literal(base);
  if (expr.op === 'add' && expr.b.op === 'imm' && origin !== undefined) {
    const imm = literal(leaves.imm.lo);
    const register = lower(expr.a, leaves, false).lo;
    if (imm !== undefined && literal(register) === undefined) {
      const delta = (imm - origin) | 0;
      return delta === 0 ? register : int(bin(delta < 0 ? '-' : '+', register, num(Math.abs(delta))));
    }
  }
  return int(bin('-', address.lo, base));
}

const shifted = (offset: Expression, by: number): Expression => (by === 0 ? offset : bin('>>>', offset, num(by)));

/** The value at a checked area offset. */
export function loadWord(bytes: AccessBytes, signed: boolean, offset: Expression, leaves: Leaves): Word {
  const zero = num(0);
  switch (bytes) {
    case 1:
      return { lo: index(signed ? 'I8' : 'U8', offset), hi: zero, known: signed ? SEXT : 3 };
    case 2:
      return { lo: index(signed ? 'I16' : 'U16', shifted(offset, 1)), hi: zero, known: signed ? SEXT : 3 };
    case 4:
      return { lo: index('I32', shifted(offset, 2)), hi: zero, known: signed ? SEXT : (ZEXT as Known) };
    case 8: {
      const at = leaves.temporary(shifted(offset, 2));
      return { lo: index('I32', at), hi: index('I32', bin('+', at, num(1))), known: 0 };
    }
  }
}

/** A store through the views of the load window (`I`) or those whose origin is the store window's (`S`). */
export function storeWord(bytes: AccessBytes, offset: Expression, value: Word, leaves: Leaves, views: 'S' | 'I'): Statement[] {
  switch (bytes) {
    case 1:
      return [assign(index(`${views}8`, offset), value.lo)];
    case 2:
      return [assign(index(`${views}16`, shifted(offset, 1)), value.lo)];
    case 4:
      return [assign(index(`${views}32`, shifted(offset, 2)), value.lo)];
    case 8: {
      const at = leaves.temporary(shifted(offset, 2));
      return [
        assign(index(`${views}32`, at), value.lo),
        assign(index(`${views}32`, bin('+', at, num(1))), highOf(value)),
      ];
    }
  }
}

export type Access = Extract<Effect, { kind: 'load' | 'store' }>;
