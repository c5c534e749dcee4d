// Arithmetic of a prime below 2^31 in WGSL, which has no product of 64 bits. Elements are in [0, p); a product is
// Montgomery's, a b / 2^32.

import type { PrimeField } from '../../runtime/fields/prime-field.ts';

/** How p is multiplied while reducing; which is faster is the device's affair. */
export type Reduction = 'multiply' | 'shift';

/** `fadd`, `fsub`, `fneg`, `fmul`, `reduce` and, with `modulus`, `toMontgomery` and `fromMontgomery`. */
export function fieldText({ modulus, negativeInverse, r2 }: PrimeField, reduction: Reduction = 'multiply'): string {
  const inverse = -negativeInverse >>> 0;
  return `const P = ${modulus}u;
fn fadd(a: u32, b: u32) -> u32 { let s = a + b; return min(s, s - P); }
fn fsub(a: u32, b: u32) -> u32 { let d = a - b; return min(d, d + P); }
fn fneg(a: u32) -> u32 { return select(P - a, 0u, a == 0u); }
${productText}
${highTexts[reduction](modulus)}
/** (high 2^32 + low) / 2^32 for high < p: low - m p is divisible by 2^32 and only its high half is computed. */
fn reduce(low: u32, high: u32) -> u32 {
  let r = high - timesPHigh(low * ${inverse}u);
  return min(r, r + P);
}
fn fmul(a: u32, b: u32) -> u32 { let t = product(a, b); return reduce(t.x, t.y); }
fn toMontgomery(a: u32) -> u32 { return fmul(a, ${r2}u); }
fn fromMontgomery(a: u32) -> u32 { return reduce(a, 0u); }
`.replaceAll(/\/\*\*.*?\*\/\n/g, '');
}

/** Both halves, for operands below 2^31: the sum in the middle cannot carry, so four products of 16 bits do. */
const productText = `fn product(a: u32, b: u32) -> vec2<u32> {
  let al = a & 65535u; let ah = a >> 16u;
  let bl = b & 65535u; let bh = b >> 16u;
  let ll = al * bl;
  let middle = ah * bl + al * bh + (ll >> 16u);
  return vec2((middle << 16u) | (ll & 65535u), ah * bh + (middle >> 16u));
}`;

const highTexts: Readonly<Record<Reduction, (modulus: number) => string>> = {
  multiply: modulus => {
    const [low, high] = [modulus & 0xffff, modulus >>> 16];
    if (low !== 1) throw new Error(`bug in jit-exec: ${modulus} is not 1 modulo 2^16`);
    return `fn timesPHigh(m: u32) -> u32 {
  let middle = (m & 65535u) * ${high}u + (m >> 16u);
  return (m >> 16u) * ${high}u + (middle >> 16u);
}`;
  },
  shift: modulus => {
    const k = Math.log2(2 ** 31 - (modulus - 1)); // p = 2^31 - 2^k + 1
    if (!Number.isInteger(k)) throw new Error(`bug in jit-exec: ${modulus} has another form`);
    return `fn timesPHigh(m: u32) -> u32 {
  let difference = (m << 31u) - (m << ${k}u);
  let high = (m >> 1u) - (m >> ${32 - k}u) - u32((m << 31u) < (m << ${k}u));
  return high + u32(difference + m < m);
}`;
  },
};
