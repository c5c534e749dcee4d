// The quartic extension of BabyBear, F[X]/(X^4 − 11): four words, constant term first.

import * as base from './baby-bear.ts';

export type Extension = readonly [number, number, number, number];

/** X^4. */
const W = 11;
/** W^((p − 1)/4): the Frobenius map multiplies word i by its i-th power. */
const FROBENIUS = base.power(W, (base.P - 1) / 4);

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
  const term = (i: number, j: number): number => base.mul(a[i]!, b[j]!);
  const sum = (x: number, y: number, ...rest: number[]): number => rest.reduce(base.add, base.add(x, y));
  return [
    base.add(term(0, 0), base.mul(W, sum(term(1, 3), term(2, 2), term(3, 1)))),
    sum(term(0, 1), term(1, 0), base.mul(W, base.add(term(2, 3), term(3, 2)))),
    sum(term(0, 2), term(1, 1), term(2, 0), base.mul(W, term(3, 3))),
    sum(term(0, 3), term(1, 2), term(2, 1), term(3, 0)),
  ];
}

function frobenius(a: Extension, times: number): Extension {
  const z = base.power(FROBENIUS, times);
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
