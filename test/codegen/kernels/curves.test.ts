import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURVE_SCRATCH, element as place } from '../../../codegen/kernels/curves/curve256.ts';
import { BITS, ELEMENT, LIMBS } from '../../../codegen/kernels/curves/digits256.ts';
import { MONTGOMERY_R } from '../../../codegen/kernels/curves/montgomery256.ts';
import { secp256k1Module } from '../../../codegen/kernels/curves/secp256k1.ts';
import { weierstrassModule } from '../../../codegen/kernels/curves/weierstrass256.ts';
import { bn254, secp256r1 } from '../../../runtime/curves/weierstrass.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;
const BASE = 2n ** BigInt(BITS);

interface Field {
  readonly memory: WebAssembly.Memory;
  product(out: number, a: number, b: number): void;
  reduce(a: number): void;
  quotient(): number;
}
interface FoldedField extends Field {
  square(out: number, a: number): void;
  settle(out: number, a: number): void;
  unpack(out: number, words: number): void;
  pack(words: number, a: number): void;
}
interface MontgomeryField extends Field {
  isReduced(a: number): number;
}

const instance = <F extends Field>(bytes: Uint8Array<ArrayBuffer>): F =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as F;

const [A, B, OUT] = [0, 1, 2].map(i => CURVE_SCRATCH + i * ELEMENT) as [number, number, number];

const numberOf = (limbs: readonly bigint[]): bigint => limbs.reduceRight((value, limb) => value * BASE + limb, 0n);
const digitsOf = (value: bigint): bigint[] =>
  Array.from({ length: LIMBS }, (_, i) => {
    const rest = value >> BigInt(BITS * i);
    return i < LIMBS - 1 ? rest & (BASE - 1n) : rest;
  });

/** Elements in a module's memory. */
function access({ buffer }: WebAssembly.Memory) {
  const memory = new BigInt64Array(buffer);
  const setLimbs = (at: number, limbs: readonly bigint[]): void => memory.set(limbs, at / 8);
  const limbsAt = (at: number): bigint[] => [...memory.subarray(at / 8, at / 8 + LIMBS)];
  return {
    memory,
    setLimbs,
    limbsAt,
    set: (at: number, value: bigint): void => setLimbs(at, digitsOf(value)),
    valueAt: (at: number): bigint => numberOf(limbsAt(at)),
  };
}

/** Runs of ones between bits, so that digits are empty or full. */
const runs = fc
  .array(fc.integer({ min: 0, max: 256 }), { minLength: 1, maxLength: 6 })
  .map(ends => ends.reduce((value, end) => value ^ (2n ** BigInt(end) - 1n), 0n));
const elementsBelow = (p: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt(0n, p - 1n),
    runs.map(x => x % p),
    fc.bigInt(0n, 2n ** 40n),
    fc.bigInt(1n, 2n ** 40n).map(k => p - k),
    fc.bigInt(2n, 2n ** 40n).map(k => p / k),
    fc.constantFrom(0n, 1n, 2n, p - 1n, p - 2n, (p + 1n) / 2n, 2n ** 253n),
  );
/** Limbs that were not carried, all of them below 2^`bits` or all at their greatest. */
const uncarried = (bits: number): fc.Arbitrary<bigint[]> => {
  const limb = fc.bigInt(0n, 2n ** BigInt(bits) - 1n);
  const full = Array.from({ length: LIMBS }, () => 2n ** BigInt(bits) - 1n);
  return fc.oneof(fc.array(limb, { minLength: LIMBS, maxLength: LIMBS }), fc.constant(full));
};

function expectTight(limbs: readonly bigint[]): void {
  limbs.forEach((limb, i) => {
    expect(limb).toBeGreaterThanOrEqual(0n);
    expect(limb).toBeLessThan(i === 2 ? BASE + 2n ** 23n : i === LIMBS - 1 ? 2n ** 24n : BASE);
  });
}

describe('the field of secp256k1 in WebAssembly', () => {
  const field = instance<FoldedField>(secp256k1Module());
  const { memory, set, setLimbs, limbsAt, valueAt } = access(field.memory);
  const element = elementsBelow(P);
  const mod = (value: bigint): bigint => ((value % P) + P) % P;

  it('multiplies and squares elements', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        set(A, a);
        set(B, b);
        field.product(OUT, A, B);
        expect(mod(valueAt(OUT))).toBe((a * b) % P);
        expectTight(limbsAt(OUT));
        field.square(OUT, A);
        expect(mod(valueAt(OUT))).toBe((a * a) % P);
        expectTight(limbsAt(OUT));
      }),
      { numRuns: 300 },
    );
  });

  it('multiplies limbs that were not carried, in place too', () => {
    fc.assert(
      fc.property(uncarried(31), uncarried(29), (a, b) => {
        setLimbs(A, a);
        setLimbs(B, b);
        field.product(A, A, B);
        expect(mod(valueAt(A))).toBe((numberOf(a) * numberOf(b)) % P);
        expectTight(limbsAt(A));
        setLimbs(A, b);
        field.square(A, A);
        expect(mod(valueAt(A))).toBe(numberOf(b) ** 2n % P);
        expectTight(limbsAt(A));
      }),
      { numRuns: 200 },
    );
  });

  it('reduces to the one number below p', () => {
    const near = fc.bigInt(-(2n ** 34n), 2n ** 34n).map(k => digitsOf(P + k));
    fc.assert(
      fc.property(fc.oneof(near, uncarried(33), element.map(digitsOf)), a => {
        setLimbs(A, a);
        field.reduce(A);
        expect(limbsAt(A)).toEqual(digitsOf(numberOf(a) % P));
      }),
      { numRuns: 400 },
    );
  });

  it('settles signed limbs', () => {
    fc.assert(
      fc.property(fc.bigInt(-127n * P, 127n * P), a => {
        set(A, a);
        field.settle(OUT, A);
        expect(mod(valueAt(OUT))).toBe(mod(a));
        expectTight(limbsAt(OUT));
      }),
      { numRuns: 200 },
    );
  });

  it('unpacks any words and packs them again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(0n, 2n ** 256n - 1n), runs), a => {
        for (let i = 0; i < 4; i++) memory[B / 8 + i] = BigInt.asIntN(64, a >> BigInt(64 * i));
        field.unpack(A, B);
        expect(limbsAt(A)).toEqual(digitsOf(a));
        const words = [...memory.subarray(B / 8, B / 8 + 4)];
        field.pack(OUT, A);
        expect([...memory.subarray(OUT / 8, OUT / 8 + 4)]).toEqual(words);
      }),
      { numRuns: 200 },
    );
  });

  it('divides, also limbs that were not carried', () => {
    fc.assert(
      fc.property(element, fc.oneof(element.map(digitsOf), uncarried(30)), (divisor, dividend) => {
        fc.pre(divisor !== 0n);
        set(place.divisor, divisor);
        setLimbs(place.dividend, dividend);
        expect(field.quotient()).toBe(1);
        const quotient = valueAt(place.quotient);
        expect(mod(quotient * divisor)).toBe(numberOf(dividend) % P);
        expect(quotient < 0n ? -quotient : quotient).toBeLessThan(128n * P);
      }),
      { numRuns: 1000 },
    );
  });

  it('has no quotient by zero', () => {
    set(place.divisor, 0n);
    set(place.dividend, 1n);
    expect(field.quotient()).toBe(0);
  });
});

describe.each([
  ['secp256r1', secp256r1],
  ['bn254', bn254],
] as const)('the field of %s in WebAssembly', (_, curve) => {
  const p = curve.field.modulus;
  const f = instance<MontgomeryField>(weierstrassModule({ p, a: curve.a }));
  const { set, setLimbs, limbsAt, valueAt } = access(f.memory);
  const element = elementsBelow(p);
  const modP = (value: bigint): bigint => ((value % p) + p) % p;

  it('multiplies and divides by R', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        set(A, a);
        set(B, b);
        f.product(OUT, A, B);
        expect(modP(valueAt(OUT) * MONTGOMERY_R)).toBe((a * b) % p);
        expect(valueAt(OUT)).toBeLessThan(p + p / 16n);
        expect(limbsAt(OUT)).toEqual(digitsOf(valueAt(OUT)));
      }),
      { numRuns: 300 },
    );
  });

  it('multiplies signed limbs', () => {
    const signed = uncarried(30).map(limbs => limbs.map(limb => limb - BASE));
    fc.assert(
      fc.property(signed, uncarried(29), (a, b) => {
        setLimbs(A, a);
        setLimbs(B, b);
        f.product(A, A, B);
        expect(modP(valueAt(A) * MONTGOMERY_R)).toBe(modP(numberOf(a) * numberOf(b)));
        expect(limbsAt(A)).toEqual(digitsOf(valueAt(A)));
      }),
      { numRuns: 200 },
    );
  });

  it('reduces to the one number below p', () => {
    const multiple = fc.tuple(fc.bigInt(0n, 127n), fc.bigInt(-(2n ** 34n), 2n ** 34n)).map(([k, d]) => k * p + d);
    const any = fc.bigInt(0n, 128n * p - 1n);
    const borrows = fc.array(fc.bigInt(-4n, 4n), { minLength: LIMBS - 1, maxLength: LIMBS - 1 });
    fc.assert(
      fc.property(fc.oneof(multiple, any, element), borrows, (a, borrowed) => {
        fc.pre(a >= 0n);
        // The same number on signed limbs.
        setLimbs(
          A,
          digitsOf(a).map((digit, i) => digit + (borrowed[i] ?? 0n) * BASE - (borrowed[i - 1] ?? 0n)),
        );
        expect(valueAt(A)).toBe(a);
        f.reduce(A);
        expect(limbsAt(A)).toEqual(digitsOf(a % p));
        set(A, a % p);
        expect(f.isReduced(A)).toBe(1);
        set(A, (a % p) + p);
        expect(f.isReduced(A)).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('divides', () => {
    fc.assert(
      fc.property(element, element, (divisor, dividend) => {
        fc.pre(divisor !== 0n);
        set(place.divisor, divisor);
        set(place.dividend, dividend);
        expect(f.quotient()).toBe(1);
        expect(modP(valueAt(place.quotient) * divisor)).toBe(dividend);
      }),
      { numRuns: 300 },
    );
  });
});

it('the modules are the same each time', () => {
  expect(secp256k1Module()).toEqual(secp256k1Module());
  const shape = { p: bn254.field.modulus, a: bn254.a };
  expect(weierstrassModule(shape)).toEqual(weierstrassModule(shape));
});
