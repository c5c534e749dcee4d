// A store's bytes in the doubleword that it changes.

import type { AccessEffect } from '../../region/accesses.ts';
import type { CodeWriter } from '../binary/code.ts';
import { op } from '../binary/instructions.ts';
import type { Value } from '../binary/values.ts';
import { type LeafOperands, lower } from '../lower.ts';

/** Pushes the doubleword after a store; `shift` pushes the bits from its end to the address, modulo 64. */
export function pushMerged(
  code: CodeWriter,
  { bytes, value }: Extract<AccessEffect, { kind: 'store' }>,
  operands: LeafOperands,
  old: Value,
  shift: Value,
): void {
  if (bytes === 8) {
    lower(code, value, operands);
    return;
  }
  const mask = 2n ** BigInt(8 * bytes) - 1n;
  old();
  code.i64Const(mask);
  shift();
  code.op(op.i64Shl);
  code.i64Const(-1);
  code.op(op.i64Xor);
  code.op(op.i64And);
  lower(code, value, operands);
  if (value.w === 32) code.op(op.i64ExtendI32U);
  code.i64Const(mask);
  code.op(op.i64And);
  shift();
  code.op(op.i64Shl);
  code.op(op.i64Or);
}
