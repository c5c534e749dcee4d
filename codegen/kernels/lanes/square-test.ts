// Whether elements of the septic extension are squares, without a power of them.
//
// Euclid's algorithm on f = z^7 − 3z − 5 and a, without fractions: a remainder b² A − q B, with b the leading coefficient of B.
// As −1 is a square and b comes squared, each step keeps whether the resultant, a's norm, is one; of the last remainder,
// a number, it is the number itself. A norm is a square in F_p exactly where its element is one.

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import type { Value } from '../../wasm/binary/values.ts';
import { inForm, type Pair } from '../koala-bear.ts';
import { DEGREE, septicLoaded } from '../septic.ts';
import { coefficientLanes } from './coefficients.ts';
import type { KoalaBearLanes } from './koala-bear.ts';

/** (out, a, odd): a number that is a square exactly where a is; in `odd` all bits where a leading coefficient was 0: nothing is known then. */
export function normFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = coefficientLanes(code);
  const odd = v.local();
  let below = septicLoaded(v, 1);
  v.set(odd, v.equal(v.get(below[DEGREE - 1]!), v.constant(0)));
  let above = below;
  below = firstRemainder(v, below);
  while (below.length > 1) {
    const leading = v.get(below.at(-1)!);
    v.set(odd, v.or(v.get(odd), v.equal(leading, v.constant(0))));
    [above, below] = [below, remainder(v, above, below)];
  }
  v.store(0, 0, v.get(below[0]!));
  v.store(2, 0, v.get(odd));
  return code;
}

function setAll(v: KoalaBearLanes, count: number, value: (i: number) => Value): number[] {
  const all = v.locals(count);
  for (const [i, local] of all.entries()) v.set(local, value(i));
  return all;
}

const negative = (v: KoalaBearLanes, local: number): Value => v.minus(v.constant(0), v.get(local));

/** Of f, whose coefficients below the first are those of z and 1, by a of degree 6. */
function firstRemainder(v: KoalaBearLanes, a: readonly number[]): number[] {
  const [leading, next] = [a[DEGREE - 1]!, a[DEGREE - 2]!];
  const [square, minus] = v.locals(2) as [number, number];
  v.set(square, v.sum([v.get(leading), v.get(leading)]));
  v.set(minus, negative(v, leading));
  return setAll(v, DEGREE - 1, i => {
    const products: Pair[] = [[v.get(next), v.get(a[i]!)]];
    if (i > 0) products.push([v.get(minus), v.get(a[i - 1]!)]);
    if (i < 2) products.push([v.get(square), v.constant(inForm(koalaBear.modulus - (i === 0 ? 5 : 3)))]);
    return v.sum(...products);
  });
}

/** Coefficients of b² A − (b A_n z + t) B, with t = b A_(n−1) − A_n B_(n−2), of which the two leading ones are 0. */
function remainder(v: KoalaBearLanes, above: readonly number[], below: readonly number[]): number[] {
  const n = below.length;
  const [leading, top] = [below[n - 1]!, above[n]!];
  const [square, first, second] = v.locals(3) as [number, number, number];
  v.set(square, v.sum([v.get(leading), v.get(leading)]));
  v.set(first, v.sum([negative(v, leading), v.get(top)]));
  v.set(second, v.sum([negative(v, leading), v.get(above[n - 1]!)], [v.get(top), v.get(below[n - 2]!)]));
  return setAll(v, n - 1, i => {
    const products: Pair[] = [
      [v.get(square), v.get(above[i]!)],
      [v.get(second), v.get(below[i]!)],
    ];
    if (i > 0) products.push([v.get(first), v.get(below[i - 1]!)]);
    return v.sum(...products);
  });
}
