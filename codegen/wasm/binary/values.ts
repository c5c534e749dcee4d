// Straight-line arithmetic of one width in the order in which it is read: a value is what writes the instructions that
// push it.

import type { CodeWriter } from './code.ts';
import { type AccessOp, access, type Op, op, valueType } from './instructions.ts';

export type Value = () => void;

type Operator =
  | 'add'
  | 'sub'
  | 'mul'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrS'
  | 'shrU'
  | 'rotr'
  | 'eq'
  | 'ne'
  | 'ltS'
  | 'ltU'
  | 'leS'
  | 'leU'
  | 'gtS'
  | 'geS'
  | 'geU';

const OPERATORS: Readonly<Record<32 | 64, Readonly<Record<Operator, Op>>>> = {
  32: {
    add: op.i32Add,
    sub: op.i32Sub,
    mul: op.i32Mul,
    and: op.i32And,
    or: op.i32Or,
    xor: op.i32Xor,
    shl: op.i32Shl,
    shrS: op.i32ShrS,
    shrU: op.i32ShrU,
    rotr: op.i32Rotr,
    eq: op.i32Eq,
    ne: op.i32Ne,
    ltS: op.i32LtS,
    ltU: op.i32LtU,
    leS: op.i32LeS,
    leU: op.i32LeU,
    gtS: op.i32GtS,
    geS: op.i32GeS,
    geU: op.i32GeU,
  },
  64: {
    add: op.i64Add,
    sub: op.i64Sub,
    mul: op.i64Mul,
    and: op.i64And,
    or: op.i64Or,
    xor: op.i64Xor,
    shl: op.i64Shl,
    shrS: op.i64ShrS,
    shrU: op.i64ShrU,
    rotr: op.i64Rotr,
    eq: op.i64Eq,
    ne: op.i64Ne,
    ltS: op.i64LtS,
    ltU: op.i64LtU,
    leS: op.i64LeS,
    leU: op.i64LeU,
    gtS: op.i64GtS,
    geS: op.i64GeS,
    geU: op.i64GeU,
  },
};

/** Comparisons give an i32. An address is the i32 in local `base`, 0 if undefined, plus `offset` bytes. */
export interface Values extends Readonly<Record<Operator, (a: Value, b: Value) => Value>> {
  local(): number;
  locals(count: number): number[];
  get(local: number): Value;
  constant(value: number | bigint): Value;
  /** Sets the local and is its value. */
  tee(local: number, value: Value): Value;
  /** A whole value, or what another access gives. */
  load(base: number | undefined, offset: number, by?: AccessOp): Value;
  set(local: number, value: Value): void;
  setEach(locals: readonly number[], value: (i: number) => Value): void;
  store(base: number | undefined, offset: number, value: Value, by?: AccessOp): void;
}

/** All instructions go to `code`. */
export function values(code: CodeWriter, width: 32 | 64): Values {
  const isWide = width === 64;
  const of = OPERATORS[width];
  const type = isWide ? valueType.i64 : valueType.i32;
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
  const local = (): number => code.addLocal(type);
  const [whole, storing] = isWide ? [access.i64Load, access.i64Store] : [access.i32Load, access.i32Store];
  return {
    add: binary(of.add),
    sub: binary(of.sub),
    mul: binary(of.mul),
    and: binary(of.and),
    or: binary(of.or),
    xor: binary(of.xor),
    shl: binary(of.shl),
    shrS: binary(of.shrS),
    shrU: binary(of.shrU),
    rotr: binary(of.rotr),
    eq: binary(of.eq),
    ne: binary(of.ne),
    ltS: binary(of.ltS),
    ltU: binary(of.ltU),
    leS: binary(of.leS),
    leU: binary(of.leU),
    gtS: binary(of.gtS),
    geS: binary(of.geS),
    geU: binary(of.geU),
    local,
    locals: count => Array.from({ length: count }, local),
    get: index => () => code.localGet(index),
    constant: value => () => (isWide ? code.i64Const(value) : code.i32Const(Number(value))),
    tee: (index, value) => () => {
      value();
      code.localTee(index);
    },
    load:
      (base, offset, by = whole) =>
      () => {
        address(base);
        code.access(by, offset);
      },
    set,
    setEach: (locals, value) => {
      for (const [i, index] of locals.entries()) set(index, value(i));
    },
    store: (base, offset, value, by = storing) => {
      address(base);
      value();
      code.access(by, offset);
    },
  };
}

/** The dialect of printers: values of both widths and of a guest register, and the statements around them. */
export interface Dialect {
  readonly i32: Values;
  readonly i64: Values;
  /** Values as wide as a guest register. */
  readonly word: Values;
  /** The halves of a register's value, as i32. */
  low(value: Value): Value;
  high(value: Value): Value;
  /** An i32 as an i64, its upper half 0. */
  extend(value: Value): Value;
  call(index: number, ...parameters: readonly Value[]): Value;
  when(condition: Value, then: () => void, otherwise?: () => void): void;
  /** As `when`, where the condition hardly ever holds. */
  seldom(condition: Value, then: () => void): void;
  /** Where none of the conditions, which hardly ever hold, does; or else where one does. */
  foreseen(conditions: readonly Value[], then: () => void, otherwise: () => void): void;
  give(value: Value): void;
}

const foreseenIn =
  (code: CodeWriter): Dialect['foreseen'] =>
  (conditions, then, otherwise) => {
    const behind = code.block();
    const other = code.block();
    for (const condition of conditions) {
      condition();
      code.unlikely();
      code.brIf(other);
    }
    then();
    code.br(behind);
    code.end();
    otherwise();
    code.end();
  };

export function dialect(code: CodeWriter, xlen: 32 | 64): Dialect {
  const [i32, i64] = [values(code, 32), values(code, 64)];
  const isWide = xlen === 64;
  const by =
    (opcode: Op) =>
    (value: Value): Value =>
    () => {
      value();
      code.op(opcode);
    };
  const [wrap, extend] = [by(op.i32WrapI64), by(op.i64ExtendI32U)];
  const branch = (then: () => void, otherwise?: () => void): void => {
    code.if();
    then();
    if (otherwise !== undefined) {
      code.else();
      otherwise();
    }
    code.end();
  };
  return {
    i32,
    i64,
    word: isWide ? i64 : i32,
    low: value => (isWide ? wrap(value) : value),
    high: value => (isWide ? wrap(i64.shrU(value, i64.constant(32))) : i32.constant(0)),
    extend,
    call:
      (index, ...parameters) =>
      () => {
        for (const parameter of parameters) parameter();
        code.call(index);
      },
    when: (condition, then, otherwise) => {
      condition();
      branch(then, otherwise);
    },
    seldom: (condition, then) => {
      condition();
      code.unlikely();
      branch(then);
    },
    foreseen: foreseenIn(code),
    give: value => {
      value();
      code.op(op.return);
    },
  };
}
