// The quartic extension of BabyBear, F[X]/(X^4 − 11): four words, constant term first.

import * as base from './baby-bear.ts';

export type Extension = readonly [number, number, number, number];

/** X^4. */
const W = 11;
/** By n: what the n-th power of the Frobenius map multiplies word 1 by, word i by its i-th power: W^(n (p − 1)/4). */
const FROBENIUS: readonly number[] = [0, 1, 2, 3].map(n => base.power(W, (n * (base.P - 1)) / 4));

export const ZERO: Extension = [0, 0, 0, 0];
export const ONE: Extension = [1, 0, 0, 0];

export const ofBase = (a: number): Extension => [a, 0, 0, 0];

export const equals = (a: Extension, b: Extension): boolean =>
  a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];

export const add = (a: Extension, b: Extension): Extension => [
  base.add(a[0], b[0]),
  base.add(a[1], b[1]),
  base.add(a[2], b[2]),
  base.add(a[3], b[3]),
];

export const sub = (a: Extension, b: Extension): Extension => [
  base.sub(a[0], b[0]),
  base.sub(a[1], b[1]),
  base.sub(a[2], b[2]),
  base.sub(a[3], b[3]),
];

export const scale = (a: Extension, k: number): Extension => [
  base.mul(a[0], k),
  base.mul(a[1], k),
  base.mul(a[2], k),
  base.mul(a[3], k),
];

export function mul(a: Extension, b: Extension): Extension {
  const [a0, a1, a2, a3] = a;
  const [b0, b1, b2, b3] = b;
  const sum3 = (x: number, y: number, z: number): number => base.add(base.add(x, y), z);
  const x4 = sum3(base.mul(a1, b3), base.mul(a2, b2), base.mul(a3, b1));
  const x5 = base.add(base.mul(a2, b3), base.mul(a3, b2));
  return [
    base.add(base.mul(a0, b0), base.mul(W, x4)),
    sum3(base.mul(a0, b1), base.mul(a1, b0), base.mul(W, x5)),
    base.add(sum3(base.mul(a0, b2), base.mul(a1, b1), base.mul(a2, b0)), base.mul(W, base.mul(a3, b3))),
    base.add(sum3(base.mul(a0, b3), base.mul(a1, b2), base.mul(a2, b1)), base.mul(a3, b0)),
  ];
}

function frobenius(a: Extension, times: number): Extension {
  const z = FROBENIUS[times]!;
  const z2 = base.mul(z, z);
  return [a[0], base.mul(a[1], z), base.mul(a[2], z2), base.mul(a[3], base.mul(z, z2))];
}

/** 1/a; 0 for 0: the product of the other conjugates over the norm. */
export function inverse(a: Extension): Extension {
  const others = mul(mul(frobenius(a, 1), frobenius(a, 2)), frobenius(a, 3));
  const [norm] = mul(a, others);
  return scale(others, base.inverse(norm));
}

export function power(a: Extension, exponent: number): Extension {
  let result = ONE;
  for (let b = a, e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mul(result, b);
    b = mul(b, b);
  }
  return result;
}
