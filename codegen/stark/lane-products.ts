// Products in BabyBear of four lanes: of 64 bits in two vectors, reduced by Montgomery's method.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import { type Vector, vector } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';

/** 1/p mod 2^32. */
export const INVERSE_P: number = -babyBear.negativeInverse;
/** A canonical word in Montgomery's form. */
export const montgomery = (word: number): number => babyBear.mul(word, babyBear.r);

/** Words of 64-bit lanes in order: 0 and 1 of the first, then of the second. */
export const laneWords = (list: readonly number[]): number[] =>
  list.flatMap(w => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]);
const LOW_WORDS = laneWords([0, 2, 4, 6]);
const HIGH_WORDS = laneWords([1, 3, 5, 7]);

export type LaneOperator = (a: Value, b: Value) => Value;

export interface Products {
  mul(a: Value, b: Value): Value;
  /** The lower words of products. */
  low(a: Value, b: Value): Value;
  /** Times 1/p mod 2^32. */
  overP(a: Value): Value;
  /** Of operands above -p, in locals, what is above -p; `quotient` is the lower word of a b / p, which need not wait for the product. */
  mulSigned(a: Value, b: Value, quotient: Value): Value;
  /** By a canonical constant. */
  times(a: Value, constant: number): Value;
  /** By what `factor` gives, of which `prepared` is the product with 1/p mod 2^32. */
  timesPrepared(a: Value, factor: Value, prepared: Value): Value;
  /** The sum of at most four products, reduced once. Operands may not be products themselves. */
  dot(...products: readonly (readonly [Value, Value])[]): Value;
}

/** What products are written with. */
export interface Parts {
  local(): number;
  get(local: number): Value;
  set(local: number, value: Value): void;
  constant(word: number): Value;
  smaller(value: Value, other: LaneOperator): Value;
  readonly minus: LaneOperator;
  readonly plus: LaneOperator;
  readonly times: LaneOperator;
  readonly min: LaneOperator;
  readonly p: Value;
  readonly inverseP: Value;
}

export function products(
  code: CodeWriter,
  { local, get, set, constant, smaller, minus, plus, times, min, p, inverseP }: Parts,
): Products {
  const [a, b, low, high, quotient] = [local(), local(), local(), local(), local()];
  const wide =
    (kind: Vector) =>
    (x: Value, y: Value): Value =>
    () => {
      x();
      y();
      code.vector(kind);
    };
  const [wideLow, wideHigh] = [wide(vector.i64x2ExtmulLowU), wide(vector.i64x2ExtmulHighU)];
  const [signedLow, signedHigh] = [wide(vector.i64x2ExtmulLowS), wide(vector.i64x2ExtmulHighS)];
  const [sum, difference] = [wide(vector.i64x2Add), wide(vector.i64x2Sub)];
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
      reduced(upperOf(), times(lowerOf(), inverseP))();
    },
    low: (x, y) => times(x, y),
    overP: x => times(x, inverseP),
    mulSigned: (x, y, q) => () => {
      set(low, signedLow(x, y));
      set(high, signedHigh(x, y));
      set(quotient, q);
      // Lower words are equal: nothing is borrowed from the upper ones, and one shuffle does.
      halves(
        difference(get(low), signedLow(get(quotient), p)),
        difference(get(high), signedHigh(get(quotient), p)),
        HIGH_WORDS,
      )();
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
        reduced(get(b), times(lowerOf(), inverseP))();
      },
  };
}
