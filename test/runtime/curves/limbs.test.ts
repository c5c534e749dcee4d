import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f from '../../../runtime/curves/limbs.ts';
import { bls12381, bn254, secp256k1, secp256r1 } from '../../../runtime/curves/weierstrass.ts';

const FIELDS = { secp256k1, secp256r1, bn254, bls12381 };

const toBigInt = (a: f.FieldLimbs): bigint => a.reduceRight((value, limb) => (value << 24n) + BigInt(limb), 0n);

function modPow(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p;
  return result;
}

describe.each(Object.entries(FIELDS))('field of %s', (_, { field }) => {
  const p = field.modulus;
  const element = fc.oneof(
    fc.bigInt(1n, p - 1n),
    fc.bigInt(1n, 2n ** 64n),
    fc.bigInt(0n, 380n).map(k => 2n ** k % p),
    fc.bigInt(1n, 2n ** 40n).map(k => p - k),
    fc.bigInt(2n, 2n ** 40n).map(k => p / k),
  );
  const limbs = (x: bigint): f.FieldLimbs => f.limbsOf(x, field.limbs);

  it('multiplies and divides by R', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const out = limbs(0n);
        f.multiply(field, limbs(a), limbs(b), out);
        expect((toBigInt(out) * field.r) % p).toBe((a * b) % p);
        expect(toBigInt(out)).toBeLessThan(p + p / 4n);
      }),
      { numRuns: 300 },
    );
  });

  it('takes factors that are not reduced', () => {
    const multiple = fc.bigInt(0n, 4n);
    fc.assert(
      fc.property(element, element, multiple, multiple, (a, b, k, l) => {
        const out = limbs(a + k * p);
        f.multiply(field, out, limbs(b + l * p), out);
        expect((toBigInt(out) * field.r) % p).toBe((a * b) % p);
        f.intoMontgomery(field, limbs(a + k * p), out);
        expect(toBigInt(out) % p).toBe((a * field.r) % p);
      }),
      { numRuns: 300 },
    );
  });

  it('inverts, also where a quotient of Euclid is huge', () => {
    fc.assert(
      fc.property(element, x => {
        const out = limbs(0n);
        f.inverse(field, limbs(x), out);
        expect((toBigInt(out) * x) % p).toBe(1n);
        expect(toBigInt(out)).toBe(modPow(x, p - 2n, p));
      }),
      { numRuns: 200 },
    );
  });

  it('adds, subtracts, normalizes and compares', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const out = limbs(0n);
        f.add(limbs(a), limbs(b), out);
        expect(toBigInt(out)).toBe(a + b);
        f.normalize(field, out);
        expect(toBigInt(out)).toBe((a + b) % p);
        f.subtract(limbs(a), limbs(b), field.p, out);
        expect(toBigInt(out)).toBe(p + a - b);
        expect(f.isBelow(limbs(a), limbs(b))).toBe(a < b);
        expect(f.equals(limbs(a), limbs(b))).toBe(a === b);
      }),
      { numRuns: 100 },
    );
  });

  it('loads and stores words', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: field.words, maxLength: field.words }), words => {
        const source = Int32Array.of(7, ...words);
        const loaded = limbs(0n);
        f.load(field, source, 1, loaded);
        expect(toBigInt(loaded)).toBe(words.reduceRight((v, w) => (v << 32n) + BigInt(w >>> 0), 0n));
        const stored = new Int32Array(field.words + 2);
        f.writeDigits(field, loaded, stored, 2);
        expect([...stored.subarray(2)]).toEqual([...words]);
      }),
      { numRuns: 50 },
    );
  });
});

it('products are folded where the prime is just below a power of two', () => {
  const { fold, r } = secp256k1.field;
  expect([fold, r]).toEqual([2 ** 32 + 977, 1n]);
  const extremes = [0n, 1n, 2n ** 264n - 1n, 2n ** 256n - 1n, 2n ** 256n, secp256k1.field.modulus];
  for (const a of extremes) {
    for (const b of extremes) {
      const out = f.limbsOf(0n, 11);
      f.multiply(secp256k1.field, f.limbsOf(a, 11), f.limbsOf(b, 11), out);
      expect(toBigInt(out) % secp256k1.field.modulus).toBe((a * b) % secp256k1.field.modulus);
      expect(toBigInt(out)).toBeLessThan(2n ** 256n + 2n ** 84n);
    }
  }
});
