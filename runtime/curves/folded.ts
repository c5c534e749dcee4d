// Products modulo a prime just below 2^256 on 11 limbs of 24 bits in float64 (see field.ts): what is above 2^264 is folded
// down instead of divided out, which takes half the products of a Montgomery step and no form of its own.

// As in field.ts, not shared: V8 does not fold imported constants, additions took 1.12 of the time.
const BASE = 2 ** 24;
const INVERSE_BASE = 2 ** -24;

/** The lower columns of a product, then the upper ones; as digits of 24 bits and a little. */
const product = new Float64Array(22);

/** Whether products modulo 2^256 - fold stay exact here. */
export const canFold = (fold: bigint): boolean => fold < 1n << 33n && (fold & 0xffffn) < 1n << 12n;

/** out = a b mod 2^256 - fold, below 2^256 + 2^84; `out` may be an operand. */
export function multiplyFolded(fold: number, a: Float64Array, b: Float64Array, out: Float64Array): void {
  multiplyColumns(a, b);
  // Digits below 2^29: each column, below 2^52, gives what it has above 24 bits to the next one.
  let above = 0;
  for (let i = 0; i < 22; i++) {
    const x = product[i]!;
    const carry = Math.floor(x * INVERSE_BASE);
    product[i] = x - carry * BASE + above;
    above = carry;
  }
  // 2^264 = 2^8 fold, in two digits: below 2^20 and 2^17.
  const low = (fold % 2 ** 16) * 2 ** 8;
  const high = Math.floor(fold / 2 ** 16);
  let carry = 0;
  for (let i = 0; i < 11; i++) {
    const x = product[i]! + product[i + 11]! * low + (i === 0 ? 0 : product[i + 10]! * high) + carry;
    carry = Math.floor(x * INVERSE_BASE);
    out[i] = x - carry * BASE;
  }
  // What is above 2^256: below 2^50.
  const top = out[10]!;
  const excess = (carry + product[21]! * high) * 2 ** 8 + Math.floor(top / 2 ** 16);
  out[10] = top % 2 ** 16;
  foldAbove(fold, excess, out);
}

/** out += fold * excess, in halves of 24 bits so that products are exact. */
function foldAbove(fold: number, excess: number, out: Float64Array): void {
  const upper = Math.floor(excess * INVERSE_BASE);
  const lower = excess - upper * BASE;
  const f1 = Math.floor(fold * INVERSE_BASE);
  const f0 = fold - f1 * BASE;
  let carry = 0;
  for (let i = 0; i < 11 && (i < 4 || carry !== 0); i++) {
    const added = i === 0 ? lower * f0 : i === 1 ? lower * f1 + upper * f0 : i === 2 ? upper * f1 : 0;
    const x = out[i]! + added + carry;
    carry = Math.floor(x * INVERSE_BASE);
    out[i] = x - carry * BASE;
  }
}

function multiplyColumns(a: Float64Array, b: Float64Array): void {
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  let t4 = 0;
  let t5 = 0;
  let t6 = 0;
  let t7 = 0;
  let t8 = 0;
  let t9 = 0;
  for (let i = 0; i < 11; i++) {
    const x = a[i]!;
    product[i] = t0 + x * b[0]!;
    t0 = t1 + x * b[1]!;
    t1 = t2 + x * b[2]!;
    t2 = t3 + x * b[3]!;
    t3 = t4 + x * b[4]!;
    t4 = t5 + x * b[5]!;
    t5 = t6 + x * b[6]!;
    t6 = t7 + x * b[7]!;
    t7 = t8 + x * b[8]!;
    t8 = t9 + x * b[9]!;
    t9 = x * b[10]!;
  }
  product[11] = t0;
  product[12] = t1;
  product[13] = t2;
  product[14] = t3;
  product[15] = t4;
  product[16] = t5;
  product[17] = t6;
  product[18] = t7;
  product[19] = t8;
  product[20] = t9;
  product[21] = 0;
}
