// Straight-line arithmetic on i64 in the order in which it is read: a value is what writes the instructions that push it.

import type { CodeWriter } from './code.ts';
import { access, type Op, op, valueType } from './instructions.ts';

export type Value = () => void;

/** An address is the i32 in local `base`, 0 if undefined, plus `offset` bytes. */
export interface Values64 {
  local(): number;
  locals(count: number): number[];
  get(local: number): Value;
  constant(value: number | bigint): Value;
  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  mul(a: Value, b: Value): Value;
  and(a: Value, b: Value): Value;
  or(a: Value, b: Value): Value;
  xor(a: Value, b: Value): Value;
  shl(a: Value, b: Value): Value;
  shrS(a: Value, b: Value): Value;
  shrU(a: Value, b: Value): Value;
  load(base: number | undefined, offset: number): Value;
  set(local: number, value: Value): void;
  setEach(locals: readonly number[], value: (i: number) => Value): void;
  store(base: number | undefined, offset: number, value: Value): void;
}

/** All instructions go to `code`. */
export function values64(code: CodeWriter): Values64 {
  const binary =
    (opcode: Op) =>
    (a: Value, b: Value): Value =>
    () => {
      a();
      b();
      code.op(opcode);
    };
  const address = (base: number | undefined): void => (base === undefined ? code.i32Const(0) : code.localGet(base));
  const set = (index: number, value: Value): void => {
    value();
    code.localSet(index);
  };
  const local = (): number => code.addLocal(valueType.i64);
  return {
    local,
    locals: count => Array.from({ length: count }, local),
    get: index => () => code.localGet(index),
    constant: value => () => code.i64Const(value),
    add: binary(op.i64Add),
    sub: binary(op.i64Sub),
    mul: binary(op.i64Mul),
    and: binary(op.i64And),
    or: binary(op.i64Or),
    xor: binary(op.i64Xor),
    shl: binary(op.i64Shl),
    shrS: binary(op.i64ShrS),
    shrU: binary(op.i64ShrU),
    load: (base, offset) => () => {
      address(base);
      code.access(access.i64Load, offset);
    },
    set,
    setEach: (locals, value) => {
      for (const [i, index] of locals.entries()) set(index, value(i));
    },
    store: (base, offset, value) => {
      address(base);
      value();
      code.access(access.i64Store, offset);
    },
  };
}
