// The extension of KoalaBear by z^7 = 3z + 5, and on it the curve y² = x³ + 45x + 41z³ whose points SP1's Global chip adds
// up. Slow and plain: constants, and what kernels are compared with.
// Reference: sp1:crates/hypercube/src/septic_{extension,curve}.rs, SP1 6.4.0.

import { koalaBear } from './koala-bear.ts';

export const DEGREE = 7;

/** Seven canonical coefficients, lowest first. */
export type Septic = readonly number[];

export interface Point {
  readonly x: Septic;
  readonly y: Septic;
}

const { add, sub, mul, inverse, modulus } = koalaBear;
export const ZERO: Septic = [0, 0, 0, 0, 0, 0, 0];
const [LINEAR, CONSTANT] = [45, 41];

export const addSeptic = (a: Septic, b: Septic): Septic => a.map((x, i) => add(x, b[i]!));
export const subSeptic = (a: Septic, b: Septic): Septic => a.map((x, i) => sub(x, b[i]!));
export const scaleSeptic = (a: Septic, by: number): Septic => a.map(x => mul(x, by));
const equal = (a: Septic, b: Septic): boolean => a.every((x, i) => x === b[i]);

/** By Horner: times z and one coefficient more, seven times. */
export function mulSeptic(a: Septic, b: Septic): Septic {
  let r = ZERO;
  for (let i = DEGREE - 1; i >= 0; i--) {
    const top = r[6]!;
    const shifted = [mul(top, 5), add(r[0]!, mul(top, 3)), ...r.slice(1, 6)];
    r = shifted.map((x, j) => add(x, mul(a[i]!, b[j]!)));
  }
  return r;
}

function powSeptic(a: Septic, exponent: number): Septic {
  let result: Septic = [1, 0, 0, 0, 0, 0, 0];
  let base = a;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mulSeptic(result, base);
    base = mulSeptic(base, base);
  }
  return result;
}

/** Row i: (z^i)^(p^k), so that a map is a sum of rows. */
export function frobeniusMatrix(k: number): readonly Septic[] {
  let image: Septic = [0, 1, 0, 0, 0, 0, 0];
  for (let i = 0; i < k; i++) image = powSeptic(image, modulus);
  const rows: Septic[] = [[1, 0, 0, 0, 0, 0, 0]];
  for (let i = 1; i < DEGREE; i++) rows.push(mulSeptic(rows[i - 1]!, image));
  return rows;
}

const MATRICES = new Map<number, readonly Septic[]>();

/** a^(p^k). */
export function frobenius(a: Septic, k: number): Septic {
  let matrix = MATRICES.get(k);
  if (matrix === undefined) {
    matrix = frobeniusMatrix(k);
    MATRICES.set(k, matrix);
  }
  return matrix.map((row, i) => scaleSeptic(row, a[i]!)).reduce(addSeptic);
}

/** a^(p + p² + … + p^6): what makes a norm of a. */
function conjugates(a: Septic): Septic {
  const two = mulSeptic(frobenius(a, 1), frobenius(a, 2)); // p + p²
  const four = mulSeptic(two, frobenius(two, 2)); // to p⁴
  return mulSeptic(four, frobenius(two, 4));
}

export function inverseSeptic(a: Septic): Septic {
  const rest = conjugates(a);
  return scaleSeptic(rest, inverse(mulSeptic(a, rest)[0]!));
}

function pow(a: number, exponent: number): number {
  let result = 1;
  let base = a;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mul(result, base);
    base = mul(base, base);
  }
  return result;
}

/** p − 1 = 2^24 · 127, and 3 generates the multiplicative group. */
export const TWO_ADICITY = 24;
export const ODD_PART = 127;
export const ROOT_OF_UNITY: number = pow(3, ODD_PART);

/** A square root in the base field of what is a square there (Tonelli and Shanks). */
function sqrt(n: number): number {
  const w = pow(n, (ODD_PART - 1) / 2);
  let x = mul(n, w);
  let b = mul(x, w);
  let z = ROOT_OF_UNITY;
  for (let m = TWO_ADICITY; m > 1; m--) {
    if (pow(b, 2 ** (m - 2)) !== 1) {
      x = mul(x, z);
      b = mul(b, mul(z, z));
    }
    z = mul(z, z);
  }
  return x;
}

/**
 * A square root, undefined where there is none. With s = a^e such that n = a s² is in the base field, y = a s / √n.
 * Modulo that field exponents' sum 1 + p + … + p^6 is 0, whence e: 30 squarings and few products.
 */
export function sqrtSeptic(a: Septic): Septic | undefined {
  const u = powSeptic(a, 2 ** 23);
  const w = mulSeptic(a, powSeptic(u, 2 ** 7));
  const b = mulSeptic(frobenius(w, 1), u);
  const s = [frobenius(b, 2), frobenius(b, 4), frobenius(u, 6)].reduce(mulSeptic, b);
  const as = mulSeptic(a, s);
  const n = mulSeptic(as, s)[0]!;
  if (n === 0 || pow(n, (modulus - 1) / 2) !== 1) return undefined;
  return scaleSeptic(as, inverse(sqrt(n)));
}

export function curveRightSide(x: Septic): Septic {
  const cube = mulSeptic(mulSeptic(x, x), x);
  const constant = [0, 0, 0, CONSTANT, 0, 0, 0];
  return addSeptic(addSeptic(cube, scaleSeptic(x, LINEAR)), constant);
}

export const INFINITY: Point = { x: ZERO, y: ZERO };
export const isInfinity = ({ x, y }: Point): boolean => equal(x, ZERO) && equal(y, ZERO);
export const negate = ({ x, y }: Point): Point => ({ x, y: subSeptic(ZERO, y) });

/** Complete; infinity is all zeros. */
export function addPoints(a: Point, b: Point): Point {
  if (isInfinity(a)) return b;
  if (isInfinity(b)) return a;
  const isSameX = equal(a.x, b.x);
  if (isSameX && !equal(a.y, b.y)) return INFINITY;
  const rise = isSameX
    ? addSeptic(scaleSeptic(mulSeptic(a.x, a.x), 3), [LINEAR, 0, 0, 0, 0, 0, 0])
    : subSeptic(b.y, a.y);
  const run = isSameX ? scaleSeptic(a.y, 2) : subSeptic(b.x, a.x);
  const slope = mulSeptic(rise, inverseSeptic(run));
  const x = subSeptic(subSeptic(mulSeptic(slope, slope), a.x), b.x);
  return { x, y: subSeptic(mulSeptic(slope, subSeptic(a.x, x)), a.y) };
}
