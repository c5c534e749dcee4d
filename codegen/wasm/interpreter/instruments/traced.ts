// What the interpreter of a traced run does before each access, in place: a call took 1.08 times the processor time of a traced block.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { CodeWriter } from '../../binary/code.ts';
import { op } from '../../binary/instructions.ts';
import { dialect } from '../../binary/values.ts';
import { appendEntry } from '../../region/instruments/traced.ts';
import { advanceTail, pushControl, stampAccess } from '../touch-entry.ts';
import type { TouchPlaces } from './instrument.ts';

/** Appends the doubleword's stamp and value to the trace, then stamps it clk + 1. */
export function writeTouch(code: CodeWriter, { offset, fuel, doubleword, tail }: TouchPlaces, stamps: number): void {
  code.localGet(offset);
  code.i32Const(-8);
  code.op(op.i32And);
  code.localSet(doubleword);
  pushControl(code, CONTROL.traceTail);
  code.i32Const(2);
  code.op(op.i32Shl);
  code.localSet(tail);
  appendEntry(dialect(code, 64), { tail, entry: 0, doubleword, place: 0, stamps });
  stampAccess(code, doubleword, fuel, stamps);
  advanceTail(code, tail);
}
