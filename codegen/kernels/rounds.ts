// Loops over a table of constants.

import type { CodeWriter } from '../wasm/binary/code.ts';
import { op, valueType } from '../wasm/binary/instructions.ts';

/** Repeats `body` with the address in a local raised each time. */
export function rounds(code: CodeWriter, address: number, bytes: number, count: number, body: () => void): void {
  const left = code.addLocal(valueType.i32);
  code.i32Const(count);
  code.localSet(left);
  const again = code.loop();
  body();
  code.localGet(address);
  code.i32Const(bytes);
  code.op(op.i32Add);
  code.localSet(address);
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(left);
  code.brIf(again);
  code.end();
}
