// What a replay does before each access: the next entry must be what the doubleword is, stamp and value.

import { CONTROL, PAGE_BYTES } from '../../../runtime/layout.ts';
import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { advanceTail, pushControl, stampAccess } from './touch-entry.ts';

const { i32 } = valueType;
const [OFFSET, FUEL] = [0, 1];

/**
 * (area offset, fuel): takes the next entry and stamps the doubleword clk + 1. Whatever is not plain, as an entry that does not
 * agree or none left, is for the function `host` of three parameters, which then does all of it.
 */
export function replayTouchFunction(stamps: number, host: number): CodeWriter {
  const code = codeWriter(2);
  const tail = code.addLocal(i32);
  const doubleword = code.addLocal(i32);
  const words = (word: number): void => {
    pushControl(code, word);
    code.i32Const(2);
    code.op(op.i32Shl);
  };
  code.localGet(OFFSET);
  code.i32Const(-8);
  code.op(op.i32And);
  code.localSet(doubleword);
  const odd = code.block();
  words(CONTROL.traceTail);
  code.localTee(tail);
  words(CONTROL.traceLimit);
  code.op(op.i32GeU);
  code.brIf(odd);
  code.localGet(tail);
  code.access(access.i64Load);
  code.localGet(doubleword);
  code.access(access.i64Load, stamps);
  code.op(op.i64Ne);
  code.brIf(odd);
  // Stamps of hinted memory are no clk: all ones.
  code.localGet(tail);
  code.access(access.i64Load);
  code.i64Const(0);
  code.op(op.i64LtS);
  code.brIf(odd);
  code.localGet(tail);
  code.access(access.i64Load, 8);
  code.localGet(doubleword);
  code.access(access.i64Load, PAGE_BYTES);
  code.op(op.i64Ne);
  code.brIf(odd);
  advanceTail(code, tail);
  stampAccess(code, doubleword, FUEL, stamps);
  code.op(op.return);
  code.end();
  code.localGet(OFFSET);
  code.localGet(FUEL);
  code.i32Const(0);
  code.call(host);
  return code;
}
