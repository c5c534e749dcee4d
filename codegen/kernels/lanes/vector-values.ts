// Vectors of four i32 in the order in which a kernel is read: a value is what writes the instructions that push it.

import type { CodeWriter } from '../../wasm/binary/code.ts';
import { access, type Vector, valueType, vector } from '../../wasm/binary/instructions.ts';
import type { Value } from '../../wasm/binary/values.ts';

export const VECTOR_BYTES = 16;

type Binary = (a: Value, b: Value) => Value;
type Shift = (a: Value, by: number) => Value;

/** An address is the i32 in local `base`, 0 if undefined, plus `offset` bytes. */
export interface VectorValues {
  local(): number;
  locals(count: number): number[];
  get(local: number): Value;
  set(local: number, value: Value): void;
  /** Sets the local and is its value. */
  tee(local: number, value: Value): Value;
  /** The same word in all lanes. */
  constant(word: number): Value;
  load(base: number | undefined, offset: number): Value;
  /** One word in all lanes. */
  loadSplat(base: number | undefined, offset: number): Value;
  store(base: number | undefined, offset: number, value: Value): void;
  readonly plus: Binary;
  readonly minus: Binary;
  readonly times: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly minU: Binary;
  /** All bits of a lane where it is so. */
  readonly equal: Binary;
  /** Of the signed halves of each lane: the sum of two products. */
  readonly dot: Binary;
  readonly shl: Shift;
  readonly shrS: Shift;
  readonly shrU: Shift;
  /** Of the two lanes of 64 bits. */
  readonly shl64: Shift;
  readonly shrU64: Shift;
  readonly add64: Binary;
  /** Products of 64 bits: of the first two lanes, of the last two. */
  readonly wideLow: Binary;
  readonly wideHigh: Binary;
  /** Lanes 0 and 2 of `a`, 1 and 3 of `b`. */
  readonly blend: Binary;
  /** The lanes in the order 0, 2, 1, 3; `a` is pushed once. */
  crossed(a: Value): Value;
}

/** All instructions go to `code`. */
export function vectorValues(code: CodeWriter): VectorValues {
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
  const address = (base: number | undefined): void => (base === undefined ? code.i32Const(0) : code.localGet(base));
  const load =
    (by: typeof access.v128Load | typeof access.v128Load32Splat) =>
    (base: number | undefined, offset: number): Value =>
    () => {
      address(base);
      code.access(by, offset, 2);
    };
  const local = (): number => code.addLocal(valueType.v128);
  const scratch = local();
  const shuffle = (words: readonly number[]): void =>
    code.vectorShuffle(words.flatMap(w => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));
  return {
    local,
    locals: count => Array.from({ length: count }, local),
    get: index => () => code.localGet(index),
    set: (index, value) => {
      value();
      code.localSet(index);
    },
    tee: (index, value) => () => {
      value();
      code.localTee(index);
    },
    constant: word => () => code.vectorConst([word, word, word, word]),
    load: load(access.v128Load),
    loadSplat: load(access.v128Load32Splat),
    store: (base, offset, value) => {
      address(base);
      value();
      code.access(access.v128Store, offset, 2);
    },
    plus: binary(vector.i32x4Add),
    minus: binary(vector.i32x4Sub),
    times: binary(vector.i32x4Mul),
    and: binary(vector.v128And),
    or: binary(vector.v128Or),
    minU: binary(vector.i32x4MinU),
    equal: binary(vector.i32x4Eq),
    dot: binary(vector.i32x4DotI16x8S),
    shl: shift(vector.i32x4Shl),
    shrS: shift(vector.i32x4ShrS),
    shrU: shift(vector.i32x4ShrU),
    shl64: shift(vector.i64x2Shl),
    shrU64: shift(vector.i64x2ShrU),
    add64: binary(vector.i64x2Add),
    wideLow: binary(vector.i64x2ExtmulLowS),
    wideHigh: binary(vector.i64x2ExtmulHighS),
    blend: (a, b) => () => {
      a();
      b();
      shuffle([0, 5, 2, 7]);
    },
    crossed: a => () => {
      a();
      code.localTee(scratch);
      code.localGet(scratch);
      shuffle([0, 2, 1, 3]);
    },
  };
}
