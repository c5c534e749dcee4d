// The septic extension and its curve in WGSL, in Montgomery's form; the plain version is runtime/curves/septic.ts. Products
// are loops over one operand; with lanes written out their bodies index with constants only, hence the rotations.

import { FROBENIUS } from '../../runtime/curves/septic.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { eachLane, type LaneForm } from './lanes.ts';

const { modulus, mul, r } = koalaBear;
const DEGREE = 7;
/** p − 1 = 2^24 · 127, and 3 is no square. */
const TWO_ADICITY = 24;
const ODD_PART = 127;
const LANES = Array.from({ length: DEGREE }, (_, i) => i);
const septic = (lane: (i: number) => string): string => `S(${LANES.map(lane).join(', ')})`;
const montgomery = (value: number): number => mul(value, r);

function rootOfUnity(): number {
  let root = 1;
  for (let i = 0; i < ODD_PART; i++) root = mul(root, 3);
  return root;
}

/** Powers of the Frobenius map that are needed; their matrices stand one behind the other. */
const POWERS = [1, 2, 4, 6];

export function septicConstants(): number[] {
  return POWERS.flatMap(k => FROBENIUS[k]!.flat()).map(montgomery);
}

export const SEPTIC_CONSTANTS: number = POWERS.length * DEGREE * DEGREE;

/** `fieldText` comes before, and a binding `constants` that has septicConstants from word `at` on. */
export function septicText(at: number, lanes: LaneForm): string {
  const matrix = Object.fromEntries(POWERS.map((k, i) => [k, `${at + i * DEGREE * DEGREE}u`]));
  return `alias S = array<u32, 7>;
const ONE = ${r}u;
fn sadd(a: S, b: S) -> S { return ${septic(i => `fadd(a[${i}], b[${i}])`)}; }
fn ssub(a: S, b: S) -> S { return ${septic(i => `fsub(a[${i}], b[${i}])`)}; }
fn sneg(a: S) -> S { return ${septic(i => `fneg(a[${i}])`)}; }
fn sscale(a: S, k: u32) -> S { var r: S; ${eachLane(lanes, DEGREE, i => `r[${i}] = fmul(a[${i}], k);`)} return r; }
fn sequal(a: S, b: S) -> bool { return ${LANES.map(i => `a[${i}] == b[${i}]`).join(' && ')}; }
${productTexts[lanes]}fn conjugates(a: S) -> S {
  var base = a;
  var rest = frobenius(a, ${matrix[1]});
  for (var i = 0u; i < 3u; i++) {
    rest = smul(rest, frobenius(base, select(${matrix[2]}, ${matrix[4]}, i == 2u)));
    if (i == 0u) { base = rest; }
  }
  return rest;
}
fn fpow(a: u32, exponent: u32) -> u32 {
  var result = ONE;
  var base = a;
  for (var e = exponent; e > 0u; e >>= 1u) {
    if ((e & 1u) == 1u) { result = fmul(result, base); }
    base = fmul(base, base);
  }
  return result;
}
fn finv(a: u32) -> u32 { return fpow(a, ${modulus - 2}u); }
fn sinv(a: S) -> S {
  let rest = conjugates(a);
  return sscale(rest, finv(smul(a, rest)[0]));
}
${rootText(matrix)}`;
}

const productTexts: Readonly<Record<LaneForm, string>> = {
  written: `fn smul(a: S, b: S) -> S {
  var result = S();
  var rest = a;
  for (var i = 0u; i < 7u; i++) {
    let top = result[6];
    let twice = fadd(top, top);
    let thrice = fadd(twice, top);
    let k = rest[6];
    result = S(fadd(fadd(thrice, twice), fmul(k, b[0])), fadd(fadd(result[0], thrice), fmul(k, b[1])),
      ${[2, 3, 4, 5, 6].map(i => `fadd(result[${i - 1}], fmul(k, b[${i}]))`).join(', ')});
    rest = ${septic(i => `rest[${(i + 6) % 7}]`)};
  }
  return result;
}
fn frobenius(a: S, at: u32) -> S {
  var result = S();
  var rest = a;
  for (var i = 0u; i < 7u; i++) {
    let k = rest[0];
    let row = at + 7u * i;
    result = ${septic(i => `fadd(result[${i}], fmul(k, constants[row + ${i}u]))`)};
    rest = ${septic(i => `rest[${(i + 1) % 7}]`)};
  }
  return result;
}
`,
  loop: `fn smul(a: S, b: S) -> S {
  var result = S();
  for (var i = 0u; i < 7u; i++) {
    let top = result[6];
    let twice = fadd(top, top);
    let thrice = fadd(twice, top);
    for (var j = 6u; j > 0u; j--) { result[j] = result[j - 1u]; }
    result[0] = fadd(thrice, twice);
    result[1] = fadd(result[1], thrice);
    for (var j = 0u; j < 7u; j++) { result[j] = fadd(result[j], fmul(a[6u - i], b[j])); }
  }
  return result;
}
fn frobenius(a: S, at: u32) -> S {
  var result = S();
  for (var i = 0u; i < 49u; i++) { result[i % 7u] = fadd(result[i % 7u], fmul(a[i / 7u], constants[at + i])); }
  return result;
}
`,
};

/** Names with which `rootText` and `curveText` are used together: see runtime/curves/septic.ts for the reasons. */
const rootText = (matrix: Readonly<Record<string, string>>): string => `fn isSquare(a: S) -> bool {
  return fpow(smul(a, conjugates(a))[0], ${(modulus - 1) / 2}u) == ONE;
}
fn fsqrt(n: u32) -> u32 {
  let w = fpow(n, ${(ODD_PART - 1) / 2}u);
  var x = fmul(n, w);
  var b = fmul(x, w);
  var z = ${montgomery(rootOfUnity())}u;
  for (var m = ${TWO_ADICITY}u; m > 1u; m--) {
    var t = b;
    for (var i = 2u; i < m; i++) { t = fmul(t, t); }
    let zz = fmul(z, z);
    if (t != ONE) {
      x = fmul(x, z);
      b = fmul(b, zz);
    }
    z = zz;
  }
  return x;
}
fn ssqrt(a: S) -> S {
  var u = a;
  var v = a;
  for (var i = 0u; i < 30u; i++) {
    v = smul(v, v);
    if (i == 22u) { u = v; }
  }
  let b = smul(frobenius(smul(a, v), ${matrix[1]}), u);
  let s = smul(smul(b, frobenius(b, ${matrix[2]})), smul(frobenius(b, ${matrix[4]}), frobenius(u, ${matrix[6]})));
  let ascaled = smul(a, s);
  return sscale(ascaled, finv(fsqrt(smul(ascaled, s)[0])));
}
`;

/** y² = x³ + 45x + 41z³; complete addition, infinity is all zeros. */
export const curveText: string = `struct Point { x: S, y: S }
fn rightSide(x: S) -> S {
  var sum = sadd(smul(smul(x, x), x), sscale(x, ${montgomery(45)}u));
  sum[3] = fadd(sum[3], ${montgomery(41)}u);
  return sum;
}
fn isInfinity(p: Point) -> bool { return (${LANES.map(i => `p.x[${i}] | p.y[${i}]`).join(' | ')}) == 0u; }
fn padd(a: Point, b: Point) -> Point {
  if (isInfinity(a)) { return b; }
  if (isInfinity(b)) { return a; }
  var rise = ssub(b.y, a.y);
  var run = ssub(b.x, a.x);
  if (sequal(a.x, b.x)) {
    if (!sequal(a.y, b.y)) { return Point(); }
    let square = smul(a.x, a.x);
    rise = sadd(sadd(square, square), square);
    rise[0] = fadd(rise[0], ${montgomery(45)}u);
    run = sadd(a.y, a.y);
  }
  let slope = smul(rise, sinv(run));
  let x = ssub(ssub(smul(slope, slope), a.x), b.x);
  return Point(x, ssub(smul(slope, ssub(a.x, x)), a.y));
}
`;
