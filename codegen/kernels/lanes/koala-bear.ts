// KoalaBear (p = 127 · 2^24 + 1) in four lanes of signed i32, in Montgomery's form of 2^32.
//
//   centred    in [-p/2, p/2]: eight products fit in a sum
//   signed     in [-p, p]: closed under products
//   canonical  in [0, p): what sums without products are made of

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import type { CodeWriter } from '../../wasm/binary/code.ts';
import type { Value } from '../../wasm/binary/values.ts';
import type { Pair } from '../koala-bear.ts';
import { type LaneSums, laneSums } from './lane-sums.ts';

const P = koalaBear.modulus;
const HALF = (P - 1) / 2;
/** 1/p mod 2^32. */
const INVERSE = -koalaBear.negativeInverse;

export interface KoalaBearLanes extends LaneSums {
  /** The sum of at most eight products of centred operands, divided by 2^32: centred. */
  sum(...products: readonly Pair[]): Value;
  /** A signed product of signed operands, divided by 2^32. */
  product(a: Value, b: Value): Value;
  /** The cube of the signed value in a local with the same bounds; `last` is what the square is multiplied by, unless given that value. */
  cube(local: number, last?: Value): Value;
  /** From canonical. */
  centred(a: Value): Value;
  /** 127 a, which stands for -a / 2^24. */
  times127(a: Value): Value;
}

/** Sums and products of 64 bits, reduced. */
function wideProducts(
  code: CodeWriter,
  v: LaneSums & Pick<KoalaBearLanes, 'times127'>,
  half: Value,
): Pick<KoalaBearLanes, 'sum' | 'product' | 'cube'> {
  const { get, set, plus, minus, times127 } = v;
  const [a, b, low, high, m] = v.locals(5) as [number, number, number, number, number];
  const [factor, bytes, weights] = v.locals(3) as [number, number, number];
  set(factor, v.constant(INVERSE));
  set(bytes, v.constant(0xff00_00ff));
  set(weights, v.constant(2 ** 16 + 127 * 2 ** 8));
  /** The lower words of the sums, then the upper ones: lanes crossed. */
  const lows = v.blend(get(low), v.shl64(get(high), 32));
  const highs = v.blend(v.shrU64(get(low), 32), get(high));
  /** The upper word of p times the one in `m`, which is 127 m 2^24 + m: byte by byte. */
  const multiple: Value = () => {
    const upper = times127(v.shrS(get(m), 8));
    plus(upper, v.shrS(v.dot16(v.and(get(m), get(bytes)), get(weights)), 16))();
  };
  const accumulate = ([x, y]: Pair, isFirst: boolean): void => {
    x();
    y();
    code.localSet(b);
    code.localSet(a);
    const [l, h] = [v.wideLow(get(a), get(b)), v.wideHigh(get(a), get(b))];
    set(low, isFirst ? l : v.add64(get(low), l));
    set(high, isFirst ? h : v.add64(get(high), h));
  };
  const product =
    (x: Value, y: Value): Value =>
    () => {
      accumulate([x, y], true);
      // Beside the products, not behind them: b / p = b + b 2^24 + b 2^31, as p is 127 · 2^24 + 1.
      const overP = plus(plus(get(b), v.shl(get(b), 24)), v.shl(get(b), 31));
      set(m, v.low(get(a), overP));
      minus(v.crossed(highs), multiple)();
    };
  return {
    sum:
      (...products) =>
      () => {
        for (const [i, pair] of products.entries()) accumulate(pair, i === 0);
        set(m, v.low(lows, get(factor)));
        const shifted = plus(v.canonical(highs), minus(half, multiple));
        v.crossed(minus(v.lowered(shifted), half))();
      },
    product,
    cube: (local, last = get(local)) => product(product(get(local), get(local)), last),
  };
}

/** All instructions go to `code`. */
export function koalaBearLanes(code: CodeWriter): KoalaBearLanes {
  const v = laneSums(code, P);
  const [halfOfP, scratch] = v.locals(2) as [number, number];
  v.set(halfOfP, v.constant(HALF));
  const half = v.get(halfOfP);
  const times127 = (x: Value): Value => v.minus(v.shl(v.tee(scratch, x), 7), v.get(scratch));
  return {
    ...v,
    ...wideProducts(code, { ...v, times127 }, half),
    centred: x => v.minus(v.lowered(v.plus(x, half)), half),
    times127,
  };
}
