// BabyBear in WebAssembly, four elements in i32x4, in Montgomery's form of 2^32 and below p: the vocabulary of a proof's kernels.

import { babyBear, P } from '../../runtime/fields/baby-bear.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import { access, type Vector, valueType, vector } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';

/** 1/p mod 2^32. */
export const INVERSE_P: number = -babyBear.negativeInverse;
/** A canonical word in Montgomery's form. */
export const montgomery = (word: number): number => babyBear.mul(word, babyBear.r);

/** Words of 64-bit lanes in order: 0 and 1 of the first, then of the second. */
const words = (list: readonly number[]): number[] => list.flatMap(w => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]);
const LOW_WORDS = words([0, 2, 4, 6]);
const HIGH_WORDS = words([1, 3, 5, 7]);

export interface Lanes {
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
  sub(a: Value, b: Value): Value;
  neg(a: Value): Value;
  double(a: Value): Value;
  mul(a: Value, b: Value): Value;
  /** By a canonical constant. */
  times(a: Value, constant: number): Value;
  /** By what `factor` gives, of which `prepared` is the product with 1/p mod 2^32. */
  timesPrepared(a: Value, factor: Value, prepared: Value): Value;
  /** a / 2^k, k <= 27, with shifts: 1/2^k = -15 · 2^(27 - k). */
  halved(a: Value, k: number): Value;
  /** The sum of at most four products, reduced once. Operands may not be products themselves. */
  dot(...products: readonly (readonly [Value, Value])[]): Value;
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
  ) as [Binary, Binary, Binary, Binary];
  const p = constant(P);
  const scratch = local();
  /** The smaller one of a value and the same with p added or subtracted: what wraps is the larger one. */
  const smaller =
    (value: Value, other: Binary): Value =>
    () => {
      set(scratch, value);
      min(get(scratch), other(get(scratch), p))();
    };
  const shuffle =
    (a: Value, b: Value, order: readonly number[]): Value =>
    () => {
      a();
      b();
      code.vectorShuffle(words(order));
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
    sub,
    neg: a => sub(constant(0), a),
    double: a => () => {
      set(scratch, a);
      add(get(scratch), get(scratch))();
    },
    halved,
    shuffle,
    ...products(code, { local, get, set, constant, smaller, minus, plus, times, min }),
  };
}

type Binary = (a: Value, b: Value) => Value;

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

interface Parts extends Pick<Lanes, 'local' | 'get' | 'set' | 'constant'> {
  smaller(value: Value, other: Binary): Value;
  readonly minus: Binary;
  readonly plus: Binary;
  readonly times: Binary;
  readonly min: Binary;
}

/** Products of 64 bits come in two vectors, of the low lanes and of the high ones. */
function products(
  code: CodeWriter,
  { local, get, set, constant, smaller, minus, plus, times, min }: Parts,
): Pick<Lanes, 'mul' | 'times' | 'timesPrepared' | 'dot'> {
  const [a, b, low, high, quotient] = [local(), local(), local(), local(), local()];
  const p = constant(P);
  const wide =
    (kind: Vector) =>
    (x: Value, y: Value): Value =>
    () => {
      x();
      y();
      code.vector(kind);
    };
  const [wideLow, wideHigh] = [wide(vector.i64x2ExtmulLowU), wide(vector.i64x2ExtmulHighU)];
  const sum = wide(vector.i64x2Add);
  const halves =
    (x: Value, y: Value, bytes: readonly number[]): Value =>
    () => {
      x();
      y();
      code.vectorShuffle(bytes);
    };
  /** From a product's upper words and the multiple of p that has the same lower words. */
  const reduced = (upper: Value, multiple: Value): Value => {
    set(quotient, multiple);
    const subtrahend = halves(wideLow(get(quotient), p), wideHigh(get(quotient), p), HIGH_WORDS);
    return smaller(minus(upper, subtrahend), plus);
  };
  const upperOf = (): Value => halves(get(low), get(high), HIGH_WORDS);
  const lowerOf = (): Value => halves(get(low), get(high), LOW_WORDS);
  const timesPrepared =
    (x: Value, factor: Value, prepared: Value): Value =>
    () => {
      set(a, x);
      set(low, wideLow(get(a), factor));
      set(high, wideHigh(get(a), factor));
      reduced(upperOf(), times(get(a), prepared))();
    };
  return {
    timesPrepared,
    times: (x, word) => {
      const factor = montgomery(word);
      return timesPrepared(x, constant(factor), constant(Math.imul(factor, INVERSE_P)));
    },
    mul: (x, y) => () => {
      x();
      y();
      code.localSet(b);
      code.localSet(a);
      set(low, wideLow(get(a), get(b)));
      set(high, wideHigh(get(a), get(b)));
      reduced(upperOf(), times(lowerOf(), constant(INVERSE_P)))();
    },
    dot:
      (...pairs) =>
      () => {
        for (const [i, [x, y]] of pairs.entries()) {
          set(a, x);
          set(b, y);
          const [l, h] = [wideLow(get(a), get(b)), wideHigh(get(a), get(b))];
          set(low, i === 0 ? l : sum(get(low), l));
          set(high, i === 0 ? h : sum(get(high), h));
        }
        // Four products are below 4 p² < 2^64; their upper words are below 1.88 p.
        set(b, upperOf());
        set(b, min(get(b), minus(get(b), p)));
        reduced(get(b), times(lowerOf(), constant(INVERSE_P)))();
      },
  };
}
