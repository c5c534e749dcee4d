// The function that keeps the table of a shard's doublewords: the first and last state of each, hashed by address.

import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { pushConstant } from '../lower.ts';
import { HASH_MULTIPLIER, LOCAL, WALK } from './layout.ts';

const { i32 } = valueType;

/** (address, old clk, old value, new clk, new value): the doubleword's entry in the table, made where there is none. */
export function touchFunction(): CodeWriter {
  const code = codeWriter(5);
  const [address, oldClk, oldValue, newClk, newValue] = [0, 1, 2, 3, 4];
  const hash = code.addLocal(i32);
  const place = code.addLocal(i32);
  const entry = code.addLocal(i32);
  const control = (at: number): void => {
    code.i32Const(0);
    code.access(access.i32Load, at);
  };
  const set = (value: number, at: number): void => {
    code.localGet(entry);
    code.localGet(value);
    code.access(access.i64Store, at);
  };
  code.localGet(address);
  pushConstant(code, 64, 3);
  code.op(op.i64ShrU);
  code.op(op.i32WrapI64);
  code.i32Const(HASH_MULTIPLIER | 0);
  code.op(op.i32Mul);
  code.i32Const(7);
  code.op(op.i32ShrU);
  code.localSet(hash);
  const done = code.block();
  const again = code.loop();
  control(WALK.table);
  code.localGet(hash);
  control(WALK.tableMask);
  code.op(op.i32And);
  code.i32Const(2);
  code.op(op.i32Shl);
  code.op(op.i32Add);
  code.localTee(place);
  code.access(access.i32Load);
  code.localTee(entry);
  code.op(op.i32Eqz);
  code.if();
  control(WALK.localTail);
  code.localSet(entry);
  code.localGet(place);
  code.localGet(entry);
  code.access(access.i32Store);
  code.i32Const(0);
  code.localGet(entry);
  code.i32Const(LOCAL.bytes);
  code.op(op.i32Add);
  code.access(access.i32Store, WALK.localTail);
  set(address, LOCAL.address);
  set(oldClk, LOCAL.initialClk);
  set(oldValue, LOCAL.initialValue);
  code.br(done);
  code.end();
  code.localGet(entry);
  code.access(access.i64Load, LOCAL.address);
  code.localGet(address);
  code.op(op.i64Eq);
  code.brIf(done);
  code.localGet(hash);
  code.i32Const(1);
  code.op(op.i32Add);
  code.localSet(hash);
  code.br(again);
  code.end();
  code.end();
  set(newClk, LOCAL.finalClk);
  set(newValue, LOCAL.finalValue);
  return code;
}
