// Loops in hand-written functions.

import type { CodeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';

/** Does `body` while the i32 local `left`, which is lowered by `step` each time, is above 0. */
export function repeat(code: CodeWriter, left: number, step: number, body: () => void): void {
  const end = code.block();
  const again = code.loop();
  code.localGet(left);
  code.i32Const(0);
  code.op(op.i32LeS);
  code.brIf(end);
  body();
  code.localGet(left);
  code.i32Const(step);
  code.op(op.i32Sub);
  code.localSet(left);
  code.br(again);
  code.end();
  code.end();
}

/** Raises an address by some bytes. */
export function advance(code: CodeWriter, address: number, bytes: number): void {
  code.localGet(address);
  code.i32Const(bytes);
  code.op(op.i32Add);
  code.localSet(address);
}
