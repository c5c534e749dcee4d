import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 as nobleBn254 } from '@noble/curves/bn254.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 as nobleK1 } from '@noble/curves/secp256k1.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edwardsAdd, edwardsDecompress } from '../../runtime/precompiles/ed25519.ts';
import * as curves from '../../runtime/precompiles/weierstrass.ts';
import { fromBigInt, toBigInt } from '../../runtime/precompiles/words.ts';

interface AffinePoint {
  x: bigint;
  y: bigint;
}

function pack({ x, y }: AffinePoint, words: number): Int32Array {
  const out = new Int32Array(2 * words);
  fromBigInt(x, out, 0, words);
  fromBigInt(y, out, words, words);
  return out;
}

const unpack = (p: Int32Array): AffinePoint => ({
  x: toBigInt(p, 0, p.length / 2),
  y: toBigInt(p, p.length / 2, p.length / 2),
});

const scalar = fc.bigInt(1n, 2n ** 128n);

describe.each([
  ['secp256k1', curves.secp256k1, nobleK1.Point.BASE],
  ['secp256r1', curves.secp256r1, p256.Point.BASE],
  ['bn254', curves.bn254, nobleBn254.G1.Point.BASE],
  ['bls12381', curves.bls12381, bls12_381.G1.Point.BASE],
] as const)('%s agrees with noble', (_, curve, base) => {
  const words = curve.field.words;

  it('adds two points', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        fc.pre(a !== b);
        const p = base.multiply(a);
        const q = base.multiply(b);
        const point = pack(p.toAffine(), words);
        expect(curves.addPoints(curve, point, pack(q.toAffine(), words))).toBeUndefined();
        expect(unpack(point)).toEqual(p.add(q as never).toAffine());
      }),
      { numRuns: 30 },
    );
  });

  it('doubles a point', () => {
    fc.assert(
      fc.property(scalar, a => {
        const p = base.multiply(a);
        const point = pack(p.toAffine(), words);
        expect(curves.doublePoint(curve, point)).toBeUndefined();
        expect(unpack(point)).toEqual(p.double().toAffine());
      }),
      { numRuns: 30 },
    );
  });
});

describe('unchecked curves take any reduced integers', () => {
  const { field } = curves.bn254;
  const p = field.modulus;
  const invert = (a: bigint): bigint => {
    let result = 1n;
    for (let b = a, e = p - 2n; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p;
    return result;
  };

  it('and apply the chord formula, with slope 0 for equal x', () => {
    const coordinate = fc.bigInt(0n, p - 1n);
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, fc.boolean(), (x1, y1, other, y2, sameX) => {
        const x2 = sameX ? x1 : other;
        fc.pre(x1 !== x2 || y1 !== y2);
        const slope = ((p + y2 - y1) * invert((p + x2 - x1) % p)) % p;
        const x3 = (slope * slope + 2n * p - x1 - x2) % p;
        const point = pack({ x: x1, y: y1 }, 8);
        expect(curves.addPoints(curves.bn254, point, pack({ x: x2, y: y2 }, 8))).toBeUndefined();
        expect(unpack(point)).toEqual({ x: x3, y: (slope * (p + x1 - x3) + p - y1) % p });
      }),
      { numRuns: 50 },
    );
  });
});

describe('edwards25519 agrees with noble', () => {
  it('adds two points', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const p = ed25519.Point.BASE.multiply(a);
        const q = ed25519.Point.BASE.multiply(b);
        const point = pack(p.toAffine(), 8);
        edwardsAdd(point, pack(q.toAffine(), 8));
        expect(unpack(point)).toEqual(p.add(q).toAffine());
      }),
      { numRuns: 30 },
    );
  });

  it('finds x from y and the sign', () => {
    fc.assert(
      fc.property(scalar, a => {
        const { x, y } = ed25519.Point.BASE.multiply(a).toAffine();
        const point = pack({ x: 0n, y }, 8);
        expect(edwardsDecompress(point.subarray(8), Number(x & 1n), point)).toBe(true);
        expect(unpack(point)).toEqual({ x, y });
      }),
      { numRuns: 20 },
    );
  });

  it('refuses the y that noble refuses', () => {
    fc.assert(
      fc.property(fc.bigInt(2n, 2n ** 255n - 20n), y => {
        const point = pack({ x: 0n, y }, 8);
        const bytes = new Uint8Array(point.buffer.slice(32));
        let refused = false;
        try {
          ed25519.Point.fromBytes(bytes);
        } catch {
          refused = true;
        }
        expect(edwardsDecompress(point.subarray(8), 0, point)).toBe(!refused);
      }),
      { numRuns: 20 },
    );
  });
});
