// Vectors of four i32 in the order in which a kernel is read: a value is what writes the instructions that push it.

import type { CodeWriter } from './code.ts';
import { access, type Vector, valueType, vector } from './instructions.ts';
import type { Value } from './values.ts';

export const VECTOR_BYTES = 16;

type Binary = (a: Value, b: Value) => Value;
type Shift = (a: Value, by: number) => Value;
type BinaryName =
  | 'plus'
  | 'minus'
  | 'low'
  | 'and'
  | 'or'
  | 'minU'
  | 'equal'
  | 'dot16'
  | 'add64'
  | 'sub64'
  | 'wideLow'
  | 'wideHigh'
  | 'wideLowU'
  | 'wideHighU';
type ShiftName = 'shl' | 'shrS' | 'shrU' | 'shl64' | 'shrU64';

const BINARY: Readonly<Record<BinaryName, Vector>> = {
  plus: vector.i32x4Add,
  minus: vector.i32x4Sub,
  /** The lower words of products. */
  low: vector.i32x4Mul,
  and: vector.v128And,
  or: vector.v128Or,
  minU: vector.i32x4MinU,
  /** All bits of a lane where it is so. */
  equal: vector.i32x4Eq,
  /** Of the signed halves of each lane: the sum of two products. */
  dot16: vector.i32x4DotI16x8S,
  /** Of the two lanes of 64 bits. */
  add64: vector.i64x2Add,
  sub64: vector.i64x2Sub,
  /** Products of 64 bits, signed: of the first two lanes, of the last two; then unsigned. */
  wideLow: vector.i64x2ExtmulLowS,
  wideHigh: vector.i64x2ExtmulHighS,
  wideLowU: vector.i64x2ExtmulLowU,
  wideHighU: vector.i64x2ExtmulHighU,
};

const SHIFTS: Readonly<Record<ShiftName, Vector>> = {
  shl: vector.i32x4Shl,
  shrS: vector.i32x4ShrS,
  shrU: vector.i32x4ShrU,
  shl64: vector.i64x2Shl,
  shrU64: vector.i64x2ShrU,
};

type Operators = Readonly<Record<BinaryName, Binary> & Record<ShiftName, Shift>>;

/** An address is the i32 in local `base`, 0 if undefined, plus `offset` bytes. */
export interface VectorValues extends Operators {
  local(): number;
  locals(count: number): number[];
  get(local: number): Value;
  set(local: number, value: Value): void;
  /** Sets the local and is its value. */
  tee(local: number, value: Value): Value;
  /** The same word in all lanes. */
  constant(word: number): Value;
  load(base: number | undefined, offset?: number): Value;
  /** One word in all lanes. */
  loadSplat(base: number | undefined, offset?: number): Value;
  store(base: number | undefined, offset: number, value: Value): void;
  /** The words of two vectors in another order, 0 to 3 of the first. */
  shuffle(a: Value, b: Value, order: readonly number[]): Value;
  /** Lanes 0 and 2 of `a`, 1 and 3 of `b`. */
  blend(a: Value, b: Value): Value;
  /** The lanes in the order 0, 2, 1, 3; `a` is pushed once. */
  crossed(a: Value): Value;
}

function operators(code: CodeWriter): Operators {
  const binary =
    (opcode: Vector): Binary =>
    (a, b) =>
    () => {
      a();
      b();
      code.vector(opcode);
    };
  const shift =
    (opcode: Vector): Shift =>
    (a, by) =>
    () => {
      a();
      code.i32Const(by);
      code.vector(opcode);
    };
  const each = <Name extends string, T>(
    opcodes: Readonly<Record<Name, Vector>>,
    make: (opcode: Vector) => T,
  ): Record<Name, T> =>
    Object.fromEntries(Object.entries<Vector>(opcodes).map(([name, opcode]) => [name, make(opcode)])) as Record<
      Name,
      T
    >;
  return { ...each(BINARY, binary), ...each(SHIFTS, shift) };
}

/** All instructions go to `code`. */
export function vectorValues(code: CodeWriter): VectorValues {
  const address = (base: number | undefined): void => (base === undefined ? code.i32Const(0) : code.localGet(base));
  const load =
    (by: typeof access.v128Load | typeof access.v128Load32Splat) =>
    (base: number | undefined, offset = 0): Value =>
    () => {
      address(base);
      code.access(by, offset, 2);
    };
  const local = (): number => code.addLocal(valueType.v128);
  const scratch = local();
  const tee =
    (index: number, value: Value): Value =>
    () => {
      value();
      code.localTee(index);
    };
  const get =
    (index: number): Value =>
    () =>
      code.localGet(index);
  const shuffle =
    (a: Value, b: Value, order: readonly number[]): Value =>
    () => {
      a();
      b();
      code.vectorShuffle(order.flatMap(w => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));
    };
  return {
    ...operators(code),
    local,
    locals: count => Array.from({ length: count }, local),
    get,
    set: (index, value) => {
      value();
      code.localSet(index);
    },
    tee,
    constant: word => () => code.vectorConst([word, word, word, word]),
    load: load(access.v128Load),
    loadSplat: load(access.v128Load32Splat),
    store: (base, offset, value) => {
      address(base);
      value();
      code.access(access.v128Store, offset, 2);
    },
    shuffle,
    blend: (a, b) => shuffle(a, b, [0, 5, 2, 7]),
    crossed: a => shuffle(tee(scratch, a), get(scratch), [0, 2, 1, 3]),
  };
}
