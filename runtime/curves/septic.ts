// The degree-7 extension of KoalaBear, F_p[z] / (z^7 − 3z − 5), and the curve y² = x³ + 45x + 41z³ over it, in which SP1
// adds up what shards tell each other. Elements are seven canonical numbers. Reference: sp1:crates/hypercube/src/septic_*.rs.

import { koalaBear } from '../fields/koala-bear.ts';

export type Septic = readonly number[];
export interface SepticPoint {
  readonly x: Septic;
  readonly y: Septic;
}

const P = koalaBear.modulus;
const INVERSE_P = 1 / P;
const DEGREE = 7;

/** a b mod p of canonical numbers: the quotient in float64, the remainder modulo 2^32. */
function mul(a: number, b: number): number {
  const q = (a * b * INVERSE_P) | 0;
  const r = (Math.imul(a, b) - Math.imul(q, P)) | 0;
  return r < 0 ? r + P : r >= P ? r - P : r;
}

function power(a: number, exponent: number): number {
  let result = 1;
  let base = a;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mul(result, base);
    base = mul(base, base);
  }
  return result;
}

const ZERO: Septic = [0, 0, 0, 0, 0, 0, 0];
const ONE: Septic = [1, 0, 0, 0, 0, 0, 0];
/** z^p. */
const Z_TO_P: Septic = [1272123317, 1950759909, 1879852731, 746569225, 180350946, 1600835585, 333893434];

const scale = (a: Septic, k: number): Septic => a.map(x => mul(x, k));
const addAll = (a: Septic, b: Septic): Septic => a.map((x, i) => (x + b[i]!) % P);
const subAll = (a: Septic, b: Septic): Septic => a.map((x, i) => (x + P - b[i]!) % P);
export const septicNegate = (a: Septic): Septic => a.map(x => (P - x) % P);
const isEqual = (a: Septic, b: Septic): boolean => a.every((x, i) => x === b[i]);

export function septicMul(a: Septic, b: Septic): Septic {
  const wide = new Array<number>(2 * DEGREE - 1).fill(0);
  for (let i = 0; i < DEGREE; i++) for (let j = 0; j < DEGREE; j++) wide[i + j] = wide[i + j]! + mul(a[i]!, b[j]!);
  for (let i = wide.length - 1; i >= DEGREE; i--) {
    const top = wide[i]! % P; // z^7 = 3z + 5
    wide[i - 7] = wide[i - 7]! + 5 * top;
    wide[i - 6] = wide[i - 6]! + 3 * top;
  }
  return wide.slice(0, DEGREE).map(x => x % P);
}

/** Powers of z^(p^k), by which the k-th Frobenius map is linear. */
const FROBENIUS: readonly (readonly Septic[])[] = frobeniusTables();

function frobeniusTables(): Septic[][] {
  const powersOf = (base: Septic): Septic[] => {
    const powers = [ONE];
    while (powers.length < DEGREE) powers.push(septicMul(powers.at(-1)!, base));
    return powers;
  };
  const tables = [powersOf([0, 1, 0, 0, 0, 0, 0]), powersOf(Z_TO_P)];
  while (tables.length < DEGREE) tables.push(powersOf(applyTable(tables[1]!, tables.at(-1)![1]!)));
  return tables;
}

function applyTable(table: readonly Septic[], a: Septic): Septic {
  return a.reduce<Septic>((sum, x, i) => addAll(sum, scale(table[i]!, x)), ZERO);
}

/** a^(p^k). */
const frobenius = (a: Septic, k: number): Septic => applyTable(FROBENIUS[k]!, a);

/** 1/a, through the norm: a^(p + … + p^6) / a^(1 + p + … + p^6), whose denominator is in F_p. */
export function septicInverse(a: Septic): Septic {
  const b = septicMul(frobenius(a, 1), frobenius(a, 2)); // a^(p + p²)
  const c = septicMul(septicMul(b, frobenius(b, 2)), frobenius(b, 4));
  return scale(c, koalaBear.inverse(septicMul(a, c)[0]!));
}

/**
 * A square root, or undefined. With r = 1 + p + … + p^6, a^r = N is in F_p, and a a square iff N is: then a^((r + 1)/2) / √N,
 * where (r + 1)/2 = 1 + (p + 1)/2 · (p + p³ + p⁵).
 */
export function septicSquareRoot(a: Septic): Septic | undefined {
  let b = ONE;
  for (const bit of ((P + 1) / 2).toString(2)) {
    b = septicMul(b, b);
    if (bit === '1') b = septicMul(b, a);
  }
  const c = septicMul(septicMul(frobenius(b, 1), frobenius(b, 3)), frobenius(b, 5));
  const root = septicMul(a, c);
  const norm = septicMul(root, c)[0]!;
  const inverseRoot = squareRoot(koalaBear.inverse(norm));
  return inverseRoot === undefined ? undefined : scale(root, inverseRoot);
}

/** Tonelli and Shanks: p − 1 = 2^24 · 127, and 3 is no square. */
function squareRoot(a: number): number | undefined {
  if (a === 0) return 0;
  if (power(a, (P - 1) / 2) !== 1) return undefined;
  const odd = 127;
  let generator = power(3, odd);
  let root = power(a, (odd + 1) / 2);
  let rest = power(a, odd);
  let order = 24;
  while (rest !== 1) {
    let least = 0;
    for (let t = rest; t !== 1; t = mul(t, t)) least++;
    for (let i = least + 1; i < order; i++) generator = mul(generator, generator);
    root = mul(root, generator);
    generator = mul(generator, generator);
    rest = mul(rest, generator);
    order = least;
  }
  return root;
}

/** x³ + 45x + 41z³. */
export function curveRight(x: Septic): Septic {
  const cube = septicMul(septicMul(x, x), x);
  return addAll(addAll(cube, scale(x, 45)), [0, 0, 0, 41, 0, 0, 0]);
}

/** The sum of two points, of which neither is the other's negative. */
export function addPoints(a: SepticPoint, b: SepticPoint): SepticPoint {
  const isDouble = isEqual(a.x, b.x) && isEqual(a.y, b.y);
  const numerator = isDouble ? addAll(scale(septicMul(a.x, a.x), 3), [45, 0, 0, 0, 0, 0, 0]) : subAll(b.y, a.y);
  const denominator = isDouble ? scale(a.y, 2) : subAll(b.x, a.x);
  const slope = septicMul(numerator, septicInverse(denominator));
  const x = subAll(subAll(septicMul(slope, slope), a.x), b.x);
  return { x, y: subAll(septicMul(slope, subAll(a.x, x)), a.y) };
}
