// BabyBear in WebAssembly, four elements in i32x4, in Montgomery's form of 2^32 and below p: the vocabulary of a proof's kernels.

import { P } from '../../runtime/fields/baby-bear.ts';
import { type LaneSums, laneSums } from '../kernels/lanes/lane-sums.ts';
import type { CodeWriter } from '../wasm/binary/code.ts';
import type { Value } from '../wasm/binary/values.ts';
import { type Products, products } from './lane-products.ts';

export interface Lanes extends LaneSums, Products {
  readonly code: CodeWriter;
  neg(a: Value): Value;
  /** a / 2^k, k <= 27, with shifts: 1/2^k = -15 · 2^(27 - k). */
  halved(a: Value, k: number): Value;
}

/** All instructions go to `code`. */
export function lanes(code: CodeWriter): Lanes {
  const v = laneSums(code, P);
  const scratch = v.local();
  return {
    ...v,
    ...products(code, v),
    code,
    neg: a => v.sub(v.constant(0), a),
    halved: (a, k) => {
      const low = v.and(v.get(scratch), v.constant(2 ** k - 1));
      const high = v.shrU(v.tee(scratch, a), k);
      return v.sub(high, v.low(low, v.constant(15 * 2 ** (27 - k))));
    },
  };
}
