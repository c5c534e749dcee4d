// BabyBear in WebAssembly, four elements in i32x4, in Montgomery's form of 2^32 and below p: the vocabulary of a proof's kernels.

import { P } from '../../runtime/fields/baby-bear.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import { access, type Vector, valueType, vector } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { INVERSE_P, type LaneOperator, laneWords, type Products, products } from './lane-products.ts';

export interface Lanes extends Products {
  readonly code: CodeWriter;
  local(): number;
  locals(count: number): number[];
  get(local: number): Value;
  set(local: number, value: Value): void;
  /** The same word, as it is, in all lanes. */
  constant(word: number): Value;
  /** At the address in an i32 local. */
  load(base: number, offset?: number): Value;
  /** One word in all lanes. */
  loadSplat(base: number, offset?: number): Value;
  store(base: number, offset: number, value: Value): void;
  add(a: Value, b: Value): Value;
  /** Not reduced. */
  plus(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  neg(a: Value): Value;
  double(a: Value): Value;
  /** From above -p what is in [0, p). */
  canonical(a: Value): Value;
  /** a / 2^k, k <= 27, with shifts: 1/2^k = -15 · 2^(27 - k). */
  halved(a: Value, k: number): Value;
  /** The 32-bit words of two vectors in another order, 0 to 3 of the first. */
  shuffle(a: Value, b: Value, order: readonly number[]): Value;
}

/** All instructions go to `code`. */
export function lanes(code: CodeWriter): Lanes {
  const local = (): number => code.addLocal(valueType.v128);
  const get =
    (index: number): Value =>
    () =>
      code.localGet(index);
  const set = (index: number, value: Value): void => {
    value();
    code.localSet(index);
  };
  const constant =
    (word: number): Value =>
    () =>
      code.vectorConst([word, word, word, word]);
  const binary =
    (opcode: Vector) =>
    (a: Value, b: Value): Value =>
    () => {
      a();
      b();
      code.vector(opcode);
    };
  const shift =
    (opcode: Vector) =>
    (a: Value, by: number): Value =>
    () => {
      a();
      code.i32Const(by);
      code.vector(opcode);
    };
  const [plus, minus, times, min] = [vector.i32x4Add, vector.i32x4Sub, vector.i32x4Mul, vector.i32x4MinU].map(
    binary,
  ) as [LaneOperator, LaneOperator, LaneOperator, LaneOperator];
  const [modulus, inverse, scratch] = [local(), local(), local()];
  set(modulus, constant(P));
  set(inverse, constant(INVERSE_P));
  const [p, inverseP] = [get(modulus), get(inverse)];
  /** The smaller one of a value and the same with p added or subtracted: what wraps is the larger one. */
  const smaller =
    (value: Value, other: LaneOperator): Value =>
    () => {
      set(scratch, value);
      min(get(scratch), other(get(scratch), p))();
    };
  const shuffle =
    (a: Value, b: Value, order: readonly number[]): Value =>
    () => {
      a();
      b();
      code.vectorShuffle(laneWords(order));
    };
  const add = (a: Value, b: Value): Value => smaller(plus(a, b), minus);
  const sub = (a: Value, b: Value): Value => smaller(minus(a, b), plus);
  const halved = (a: Value, k: number): Value => {
    const low = binary(vector.v128And)(get(scratch), constant(2 ** k - 1));
    const high = shift(vector.i32x4ShrU)(get(scratch), k);
    return () => {
      set(scratch, a);
      smaller(minus(high, times(low, constant(15 * 2 ** (27 - k)))), plus)();
    };
  };
  return {
    code,
    local,
    locals: count => Array.from({ length: count }, local),
    get,
    set,
    constant,
    load: memoryLoad(code, access.v128Load),
    loadSplat: memoryLoad(code, access.v128Load32Splat),
    store: (base, offset, value) => {
      code.localGet(base);
      value();
      code.access(access.v128Store, offset, 2);
    },
    add,
    plus,
    sub,
    neg: a => sub(constant(0), a),
    double: a => () => {
      set(scratch, a);
      add(get(scratch), get(scratch))();
    },
    halved,
    canonical: a => smaller(a, plus),
    shuffle,
    ...products(code, { local, get, set, constant, smaller, minus, plus, times, min, p, inverseP }),
  };
}

function memoryLoad(
  code: CodeWriter,
  kind: typeof access.v128Load | typeof access.v128Load32Splat,
): (base: number, offset?: number) => Value {
  return (base, offset = 0) =>
    () => {
      code.localGet(base);
      code.access(kind, offset, 2);
    };
}
