// The function that the interpreter of a traced run calls before each access.

import { CONTROL } from '../../../../runtime/layout.ts';
import { type CodeWriter, codeWriter } from '../../binary/code.ts';
import { op, valueType } from '../../binary/instructions.ts';
import { dialect } from '../../binary/values.ts';
import { appendEntry } from '../../region/instruments/traced.ts';
import { advanceTail, pushControl, stampAccess } from '../touch-entry.ts';

const { i32 } = valueType;

/** (area offset, fuel): appends the doubleword's stamp and value to the trace, then stamps it clk + 1. */
export function touchFunction(stamps: number): CodeWriter {
  const code = codeWriter(2);
  const [offset, fuel] = [0, 1];
  const tail = code.addLocal(i32);
  code.localGet(offset);
  code.i32Const(-8);
  code.op(op.i32And);
  code.localSet(offset);
  pushControl(code, CONTROL.traceTail);
  code.i32Const(2);
  code.op(op.i32Shl);
  code.localSet(tail);
  appendEntry(dialect(code, 64), { tail, entry: 0, doubleword: offset, place: 0, stamps });
  stampAccess(code, offset, fuel, stamps);
  advanceTail(code, tail);
  return code;
}
