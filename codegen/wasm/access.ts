// Loads and stores as WebAssembly: one unsigned comparison says whether the access lies in the window.

import { PAGE_BYTES } from '../../runtime/layout.ts';
import type { AccessBytes, Effect, Xlen } from '../isa/expr.ts';
import type { CodeWriter } from './code.ts';
import { type Access, access, op } from './instructions.ts';
import { lower, type Operands } from './lower.ts';

/** How guest addresses become arena offsets. */
export interface WasmWindow {
  /** First guest address of the main window, and its bytes. */
  readonly base: number;
  readonly bytes: number;
  /** Bytes at its start that may not be stored to; a multiple of 8. */
  readonly storeOrigin: number;
  /** Whether misalignment is refused. */
  readonly alignedOnly: boolean;
}

export type AccessEffect = Extract<Effect, { kind: 'load' | 'store' }>;

const LOADS: Record<string, Access> = {
  '32 1 true': access.i32Load8S,
  '32 1 false': access.i32Load8U,
  '32 2 true': access.i32Load16S,
  '32 2 false': access.i32Load16U,
  '32 4 true': access.i32Load,
  '64 1 true': access.i64Load8S,
  '64 1 false': access.i64Load8U,
  '64 2 true': access.i64Load16S,
  '64 2 false': access.i64Load16U,
  '64 4 true': access.i64Load32S,
  '64 4 false': access.i64Load32U,
  '64 8 true': access.i64Load,
};

const STORES: Record<string, Access> = {
  '32 1': access.i32Store8,
  '32 2': access.i32Store16,
  '32 4': access.i32Store,
  '64 1': access.i64Store8,
  '64 2': access.i64Store16,
  '64 4': access.i64Store32,
  '64 8': access.i64Store,
};

export function loadOf(xlen: Xlen, bytes: AccessBytes, signed: boolean): Access {
  return LOADS[`${xlen} ${bytes} ${signed}`]!;
}

export function storeOf(xlen: Xlen, bytes: AccessBytes): Access {
  return STORES[`${xlen} ${bytes}`]!;
}

/** Guest address at which the area offset of an access is 0. */
const originOf = (window: WasmWindow, isStore: boolean): number => window.base + (isStore ? window.storeOrigin : 0);

/** Arena byte offset that goes with area offset 0. */
export const arenaOffset = (window: WasmWindow, isStore: boolean): number =>
  PAGE_BYTES + (isStore ? window.storeOrigin : 0);

/** Pushes `address - origin`, xlen bits wide. */
export function pushOffset(
  code: CodeWriter,
  effect: AccessEffect,
  window: WasmWindow,
  xlen: Xlen,
  operands: Operands,
): void {
  const origin = originOf(window, effect.kind === 'store');
  const { address } = effect;
  const isPlain = address.op === 'add' && address.a.op === 'reg' && address.b.op === 'imm';
  if (isPlain && operands[address.a.field] !== 0) {
    lower(code, address.a, operands);
    pushAdd(code, xlen, Number(operands.imm) - origin);
    return;
  }
  lower(code, address, operands);
  pushAdd(code, xlen, -origin);
}

function pushAdd(code: CodeWriter, xlen: Xlen, amount: number): void {
  if (xlen === 64) code.i64Const(amount);
  else code.i32Const(amount);
  code.op(xlen === 64 ? op.i64Add : op.i32Add);
}

/**
 * Turns the offset on the stack into whether the access is refused. Where misalignment is refused, too, the offset is
 * rotated so that its low bits, which must be zero, become the high ones.
 */
export function pushRefused(code: CodeWriter, effect: AccessEffect, window: WasmWindow, xlen: Xlen): void {
  const { bytes } = effect;
  const size = window.bytes - (effect.kind === 'store' ? window.storeOrigin : 0);
  const shift = window.alignedOnly ? Math.log2(bytes) : 0;
  const wide = xlen === 64;
  if (shift > 0) {
    if (wide) code.i64Const(shift);
    else code.i32Const(shift);
    code.op(wide ? op.i64Rotr : op.i32Rotr);
  }
  const bound = Math.max(0, shift > 0 ? Math.floor(size / bytes) : size - bytes + 1);
  if (wide) code.i64Const(bound);
  else code.i32Const(bound);
  code.op(wide ? op.i64GeU : op.i32GeU);
}
