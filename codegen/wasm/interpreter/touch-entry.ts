// What the interpreter's touch functions do once an entry is written or agreed with.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL, ENTRY_BYTES } from '../../../runtime/layout.ts';
import type { CodeWriter } from '../binary/code.ts';
import { access, op } from '../binary/instructions.ts';

/** Pushes a word of the control page. */
export function pushControl(code: CodeWriter, word: number): void {
  code.i32Const(0);
  code.access(access.i32Load, 4 * word);
}

/** Stamps the doubleword, whose area offset a local holds, clk + 1. `stamps`: their arena byte offset. */
export function stampAccess(code: CodeWriter, doubleword: number, fuel: number, stamps: number): void {
  code.localGet(doubleword);
  pushControl(code, CONTROL.clkBase);
  code.localGet(fuel);
  code.i32Const(Math.log2(CLK_PER_INSTRUCTION));
  code.op(op.i32Shl);
  code.op(op.i32Sub);
  code.i32Const(1);
  code.op(op.i32Add);
  code.access(access.i32Store, stamps);
  code.localGet(doubleword);
  pushControl(code, CONTROL.clkHi);
  code.access(access.i32Store, stamps + 4);
}

/** The trace's tail, in words, goes past the entry whose arena byte offset a local holds. */
export function advanceTail(code: CodeWriter, entry: number): void {
  code.i32Const(0);
  code.localGet(entry);
  code.i32Const(ENTRY_BYTES);
  code.op(op.i32Add);
  code.i32Const(2);
  code.op(op.i32ShrU);
  code.access(access.i32Store, 4 * CONTROL.traceTail);
}
