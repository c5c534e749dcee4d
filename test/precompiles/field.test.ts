import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f from '../../runtime/precompiles/field.ts';
import { bls12381, bn254, secp256k1, secp256r1 } from '../../runtime/precompiles/weierstrass.ts';

const FIELDS = { secp256k1, secp256r1, bn254, bls12381 };

const toBigInt = (a: f.Limbs): bigint => a.reduceRight((value, limb) => (value << 24n) + BigInt(limb), 0n);

function modPow(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p;
  return result;
}

describe.each(Object.entries(FIELDS))('field of %s', (_, { field }) => {
  const p = field.modulus;
  const r = 1n << BigInt(24 * field.limbs);
  const element = fc.oneof(
    fc.bigInt(1n, p - 1n),
    fc.bigInt(1n, 2n ** 64n),
    fc.bigInt(0n, 380n).map(k => 2n ** k % p),
    fc.bigInt(1n, 2n ** 40n).map(k => p - k),
    fc.bigInt(2n, 2n ** 40n).map(k => p / k),
  );
  const limbs = (x: bigint): f.Limbs => f.limbsOf(x, field.limbs);

  it('multiplies and divides by R', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const out = limbs(0n);
        f.multiply(field, limbs(a), limbs(b), out);
        expect((toBigInt(out) * r) % p).toBe((a * b) % p);
        expect(toBigInt(out)).toBeLessThan(p + p / 4n);
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
        f.store(field, loaded, stored, 2);
        expect([...stored.subarray(2)]).toEqual([...words]);
      }),
      { numRuns: 50 },
    );
  });
});
