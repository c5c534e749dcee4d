// Products in BabyBear of four lanes: of 64 bits in two vectors, reduced by Montgomery's method.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { LaneSums } from '../kernels/lanes/lane-sums.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import type { Value } from '../wasm/binary/values.ts';

/** 1/p mod 2^32. */
export const INVERSE_P: number = -babyBear.negativeInverse;
/** A canonical word in Montgomery's form. */
export const montgomery = (word: number): number => babyBear.mul(word, babyBear.r);

/** Of two vectors of 64-bit lanes: the lower and the upper words. */
const LOW_WORDS = [0, 2, 4, 6];
const HIGH_WORDS = [1, 3, 5, 7];

export interface Products {
  mul(a: Value, b: Value): Value;
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

export function products(code: CodeWriter, v: LaneSums): Products {
  const { get, set, p } = v;
  const [inverse, a, b, low, high, quotient] = v.locals(6) as [number, number, number, number, number, number];
  set(inverse, v.constant(INVERSE_P));
  const inverseP = get(inverse);
  /** From a product's upper words and the multiple of p that has the same lower words. */
  const reduced = (upper: Value, multiple: Value): Value => {
    set(quotient, multiple);
    const subtrahend = v.shuffle(v.wideLowU(get(quotient), p), v.wideHighU(get(quotient), p), HIGH_WORDS);
    return v.sub(upper, subtrahend);
  };
  const upperOf = (): Value => v.shuffle(get(low), get(high), HIGH_WORDS);
  const lowerOf = (): Value => v.shuffle(get(low), get(high), LOW_WORDS);
  const timesPrepared =
    (x: Value, factor: Value, prepared: Value): Value =>
    () => {
      set(a, x);
      set(low, v.wideLowU(get(a), factor));
      set(high, v.wideHighU(get(a), factor));
      reduced(upperOf(), v.low(get(a), prepared))();
    };
  return {
    timesPrepared,
    times: (x, word) => {
      const factor = montgomery(word);
      return timesPrepared(x, v.constant(factor), v.constant(Math.imul(factor, INVERSE_P)));
    },
    mul: (x, y) => () => {
      x();
      y();
      code.localSet(b);
      code.localSet(a);
      set(low, v.wideLowU(get(a), get(b)));
      set(high, v.wideHighU(get(a), get(b)));
      reduced(upperOf(), v.low(lowerOf(), inverseP))();
    },
    overP: x => v.low(x, inverseP),
    mulSigned: (x, y, q) => () => {
      set(low, v.wideLow(x, y));
      set(high, v.wideHigh(x, y));
      set(quotient, q);
      // Lower words are equal: nothing is borrowed from the upper ones, and one shuffle does.
      v.shuffle(
        v.sub64(get(low), v.wideLow(get(quotient), p)),
        v.sub64(get(high), v.wideHigh(get(quotient), p)),
        HIGH_WORDS,
      )();
    },
    dot:
      (...pairs) =>
      () => {
        for (const [i, [x, y]] of pairs.entries()) {
          set(a, x);
          set(b, y);
          const [l, h] = [v.wideLowU(get(a), get(b)), v.wideHighU(get(a), get(b))];
          set(low, i === 0 ? l : v.add64(get(low), l));
          set(high, i === 0 ? h : v.add64(get(high), h));
        }
        // Four products are below 4 p² < 2^64; their upper words are below 1.88 p.
        set(b, v.lowered(upperOf()));
        reduced(get(b), v.low(lowerOf(), inverseP))();
      },
  };
}
