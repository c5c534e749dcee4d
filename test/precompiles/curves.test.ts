import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 as nobleBn254 } from '@noble/curves/bn254.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 as nobleK1 } from '@noble/curves/secp256k1.js';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { edwardsAdd, edwardsDecompress } from '../../runtime/precompiles/ed25519.ts';
import * as curves from '../../runtime/precompiles/weierstrass.ts';
import { fromBigInt, toBigInt } from '../../runtime/precompiles/words.ts';
import * as choosing from '../../src/machine/sp1/curves.ts';

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

const { curvesInJavaScript, curvesInWebAssembly } = choosing;
const webAssembly = curvesInWebAssembly()!;

describe.each([
  ['secp256k1', 'JavaScript', curvesInJavaScript, curves.secp256k1, nobleK1.Point.BASE],
  ['secp256k1', 'WebAssembly', webAssembly, curves.secp256k1, nobleK1.Point.BASE],
  ['secp256r1', 'JavaScript', curvesInJavaScript, curves.secp256r1, p256.Point.BASE],
  ['bn254', 'JavaScript', curvesInJavaScript, curves.bn254, nobleBn254.G1.Point.BASE],
  ['bls12381', 'JavaScript', curvesInJavaScript, curves.bls12381, bls12_381.G1.Point.BASE],
] as const)('%s in %s agrees with noble', (_name, _where, { addPoints, doublePoint }, curve, base) => {
  const words = curve.field.words;

  it('adds two points', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        fc.pre(a !== b);
        const p = base.multiply(a);
        const q = base.multiply(b);
        const point = pack(p.toAffine(), words);
        expect(addPoints(curve, point, pack(q.toAffine(), words))).toBeUndefined();
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
        expect(doublePoint(curve, point)).toBeUndefined();
        expect(unpack(point)).toEqual(p.double().toAffine());
      }),
      { numRuns: 30 },
    );
  });
});

describe.each([
  ['JavaScript', curvesInJavaScript],
  ['WebAssembly', webAssembly],
])('secp256k1 in %s', (_, { addPoints, doublePoint }) => {
  const c = curves.secp256k1;
  const p = c.field.modulus;
  const base = nobleK1.Point.BASE;
  const g = base.toAffine();
  const OFF_CURVE = 'a point is not on the curve';
  /** One of the four coordinates of two points replaced. */
  const spoiled = (coordinate: number, value: (old: bigint) => bigint): [Int32Array, Int32Array] => {
    const points = [{ ...g }, { ...base.double().toAffine() }];
    const point = points[coordinate >> 1]!;
    if (coordinate & 1) point.y = value(point.y);
    else point.x = value(point.x);
    return [pack(points[0]!, 8), pack(points[1]!, 8)];
  };

  it('walks along multiples of the generator: the last result comes back as either operand', () => {
    let [left, right] = [pack(g, 8), pack(g, 8)];
    expect(doublePoint(c, left)).toBeUndefined();
    for (let k = 3n; k < 40n; k++) {
      expect(addPoints(c, left, right)).toBeUndefined();
      expect(unpack(left)).toEqual(base.multiply(k).toAffine());
      if (k & 1n) [left, right] = [pack(g, 8), left];
      else right = pack(g, 8);
    }
  });

  it('doubles equal points and refuses opposite ones', () => {
    const point = pack(g, 8);
    expect(addPoints(c, point, pack(g, 8))).toBeUndefined();
    expect(unpack(point)).toEqual(base.double().toAffine());
    const negated = pack({ x: g.x, y: p - g.y }, 8);
    expect(addPoints(c, negated, pack(g, 8))).toBe('the sum is the point at infinity');
    expect(unpack(negated)).toEqual({ x: g.x, y: p - g.y });
  });

  it.each([0, 1, 2, 3])('refuses coordinate %i if it is not reduced or off the curve', coordinate => {
    for (const value of [
      () => 0n,
      () => p,
      () => 2n ** 256n - 1n,
      (old: bigint) => old ^ 1n,
      (old: bigint) => p - old,
    ]) {
      if (coordinate & 1 && value(7n) === p - 7n) continue; // the opposite point
      const [left, right] = spoiled(coordinate, value);
      const before = [...left];
      expect(addPoints(c, left, right)).toBe(OFF_CURVE);
      if (coordinate < 2) expect(doublePoint(c, left)).toBe(OFF_CURVE);
      expect([...left]).toEqual(before);
    }
    // Below 2^256 - p a number has a second form that is congruent: x = 1 is on the curve, x = p + 1 is not reduced.
    const y = nobleK1.Point.fromHex(`02${'1'.padStart(64, '0')}`).toAffine().y;
    expect(doublePoint(c, pack({ x: 1n, y }, 8))).toBeUndefined();
    expect(doublePoint(c, pack({ x: p + 1n, y }, 8))).toBe(OFF_CURVE);
  });

  it('refuses the origin and words of ones before the first result', () => {
    const fresh = curvesInWebAssembly()!;
    for (const word of [0, -1]) expect(fresh.doublePoint(c, new Int32Array(16).fill(word))).toBe(OFF_CURVE);
    expect(fresh.addPoints(c, new Int32Array(16), pack(g, 8))).toBe(OFF_CURVE);
  });

  it('takes points whose coordinates are small or close to p', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 20n), fc.boolean(), fc.boolean(), scalar, (k, isHigh, isOdd, n) => {
        const x = isHigh ? p - k : k;
        let point: ReturnType<typeof base.double>;
        try {
          point = nobleK1.Point.fromHex(`${isOdd ? '03' : '02'}${x.toString(16).padStart(64, '0')}`);
        } catch {
          return; // no point has this x
        }
        const other = base.multiply(n);
        const sum = pack(point.toAffine(), 8);
        expect(addPoints(c, sum, pack(other.toAffine(), 8))).toBeUndefined();
        expect(unpack(sum)).toEqual(point.add(other).toAffine());
        const double = pack(point.toAffine(), 8);
        expect(doublePoint(c, double)).toBeUndefined();
        expect(unpack(double)).toEqual(point.double().toAffine());
      }),
      { numRuns: 60 },
    );
  });
});

it('the machine adds and doubles with the implementation that it chooses', () => {
  const base = nobleK1.Point.BASE;
  const [g, point] = [pack(base.toAffine(), 8), pack(base.toAffine(), 8)];
  expect(choosing.doublePoint(curves.secp256k1, point)).toBeUndefined();
  for (let k = 3; k <= 20; k++) expect(choosing.addPoints(curves.secp256k1, point, g)).toBeUndefined();
  expect(unpack(point)).toEqual(base.multiply(20n).toAffine());
});

it('there is no WebAssembly of secp256k1 where the host has none', () => {
  vi.stubGlobal('WebAssembly', undefined);
  expect(curvesInWebAssembly()).toBeUndefined();
  vi.unstubAllGlobals();
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
