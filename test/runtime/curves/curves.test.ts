import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 as nobleBn254 } from '@noble/curves/bn254.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 as nobleK1 } from '@noble/curves/secp256k1.js';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { edwardsAdd, edwardsDecompress } from '../../../runtime/curves/ed25519.ts';
import * as curves from '../../../runtime/curves/weierstrass.ts';
import { fromBigInt, toBigInt } from '../../../runtime/curves/words.ts';
import { curveFunctions, curveInJavaScript, curveInWebAssembly } from '../../../src/machine/sp1/syscalls/curves.ts';

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

const CURVES = [
  ['secp256k1', curves.secp256k1, nobleK1.Point.BASE],
  ['secp256r1', curves.secp256r1, p256.Point.BASE],
  ['bn254', curves.bn254, nobleBn254.G1.Point.BASE],
  ['bls12381', curves.bls12381, bls12_381.G1.Point.BASE],
] as const;
const IMPLEMENTATIONS = [
  ['JavaScript', curveInJavaScript],
  ['WebAssembly', curveInWebAssembly],
] as const;

describe.each(
  CURVES.flatMap(([name, curve, base]) =>
    IMPLEMENTATIONS.map(([where, implement]) => [name, where, implement(curve), curve, base] as const),
  ).filter(([, , functions]) => functions !== undefined),
)('%s in %s agrees with noble', (_name, _where, functions, curve, base) => {
  const { add, double } = functions!;
  const words = curve.field.words;

  it('adds two points', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        fc.pre(a !== b);
        const p = base.multiply(a);
        const q = base.multiply(b);
        const point = pack(p.toAffine(), words);
        expect(add(point, pack(q.toAffine(), words))).toBeUndefined();
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
        expect(double(point)).toBeUndefined();
        expect(unpack(point)).toEqual(p.double().toAffine());
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(IMPLEMENTATIONS)('secp256k1 in %s', (_, implement) => {
  const { add, double } = implement(curves.secp256k1)!;
  const p = curves.secp256k1.field.modulus;
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
    expect(double(left)).toBeUndefined();
    for (let k = 3n; k < 40n; k++) {
      expect(add(left, right)).toBeUndefined();
      expect(unpack(left)).toEqual(base.multiply(k).toAffine());
      if (k & 1n) [left, right] = [pack(g, 8), left];
      else right = pack(g, 8);
    }
  });

  it('doubles equal points and refuses opposite ones', () => {
    const point = pack(g, 8);
    expect(add(point, pack(g, 8))).toBeUndefined();
    expect(unpack(point)).toEqual(base.double().toAffine());
    const negated = pack({ x: g.x, y: p - g.y }, 8);
    expect(add(negated, pack(g, 8))).toBe('the sum is the point at infinity');
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
      expect(add(left, right)).toBe(OFF_CURVE);
      if (coordinate < 2) expect(double(left)).toBe(OFF_CURVE);
      expect([...left]).toEqual(before);
    }
    // Below 2^256 - p a number has a second form that is congruent: x = 1 is on the curve, x = p + 1 is not reduced.
    const y = nobleK1.Point.fromHex(`02${'1'.padStart(64, '0')}`).toAffine().y;
    expect(double(pack({ x: 1n, y }, 8))).toBeUndefined();
    expect(double(pack({ x: p + 1n, y }, 8))).toBe(OFF_CURVE);
  });

  it('refuses the origin and words of ones before the first result', () => {
    const fresh = curveInWebAssembly(curves.secp256k1)!;
    for (const word of [0, -1]) expect(fresh.double(new Int32Array(16).fill(word))).toBe(OFF_CURVE);
    expect(fresh.add(new Int32Array(16), pack(g, 8))).toBe(OFF_CURVE);
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
        expect(add(sum, pack(other.toAffine(), 8))).toBeUndefined();
        expect(unpack(sum)).toEqual(point.add(other).toAffine());
        const doubled = pack(point.toAffine(), 8);
        expect(double(doubled)).toBeUndefined();
        expect(unpack(doubled)).toEqual(point.double().toAffine());
      }),
      { numRuns: 60 },
    );
  });
});

it('the machine adds and doubles with the implementation that it chooses', () => {
  for (const [, curve, base] of CURVES) {
    const { add, double } = curveFunctions(curve);
    const [g, point] = [pack(base.toAffine(), curve.field.words), pack(base.toAffine(), curve.field.words)];
    expect(double(point)).toBeUndefined();
    for (let k = 3; k <= 20; k++) expect(add(point, g)).toBeUndefined();
    expect(unpack(point)).toEqual(base.multiply(20n).toAffine());
  }
});

it('there is WebAssembly where the host has it, and for coordinates of 256 bits', () => {
  expect(curveInWebAssembly(curves.bls12381)).toBeUndefined();
  vi.stubGlobal('WebAssembly', undefined);
  expect(curveInWebAssembly(curves.secp256k1)).toBeUndefined();
  vi.unstubAllGlobals();
});

describe.each(IMPLEMENTATIONS)('unchecked curves in %s take any reduced integers', (_, implement) => {
  const { add } = implement(curves.bn254)!;
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
        expect(add(point, pack({ x: x2, y: y2 }, 8))).toBeUndefined();
        expect(unpack(point)).toEqual({ x: x3, y: (slope * (p + x1 - x3) + p - y1) % p });
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(CURVES.filter(([, { field }]) => field.words === 8))('%s', (_, curve) => {
  it('gives any integers the same results and refusals in WebAssembly as in JavaScript', () => {
    const [inJavaScript, inWebAssembly] = [curveInJavaScript(curve), curveInWebAssembly(curve)!];
    const p = curve.field.modulus;
    const coordinate = fc.oneof(
      fc.bigInt(0n, 2n ** 256n - 1n),
      fc.bigInt(0n, p - 1n),
      fc.bigInt(-2n, 2n).map(k => BigInt.asUintN(256, k)),
      fc.bigInt(-2n, 2n).map(k => p + k),
    );
    const point = fc.record({ x: coordinate, y: coordinate });
    fc.assert(
      fc.property(point, point, fc.constantFrom('neither', 'x', 'y'), (a, other, same) => {
        const b = same === 'neither' ? other : { ...other, [same]: a[same] };
        const [expected, actual, q] = [pack(a, 8), pack(a, 8), pack(b, 8)];
        expect(inWebAssembly.add(actual, q)).toBe(inJavaScript.add(expected, q));
        expect([...actual]).toEqual([...expected]);
        expect(inWebAssembly.double(actual)).toBe(inJavaScript.double(expected));
        expect([...actual]).toEqual([...expected]);
      }),
      { numRuns: 200 },
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
