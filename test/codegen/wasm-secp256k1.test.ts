import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BITS, ELEMENT, LIMBS } from '../../codegen/wasm/field256.ts';
import { CURVE_DIVISOR, CURVE_SCRATCH, secp256k1Module } from '../../codegen/wasm/secp256k1.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;
const BASE = 2n ** BigInt(BITS);

interface Field {
  readonly memory: WebAssembly.Memory;
  product(out: number, a: number, b: number): void;
  square(out: number, a: number): void;
  reduce(a: number): void;
  settle(out: number, a: number): void;
  unpack(out: number, words: number): void;
  pack(words: number, a: number): void;
  quotient(): number;
}

const bytes = secp256k1Module();
const field = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Field;
const memory = new BigInt64Array(field.memory.buffer);
const [A, B, OUT] = [0, 1, 2].map(i => CURVE_SCRATCH + i * ELEMENT) as [number, number, number];
const [DIVIDEND, QUOTIENT] = [2, 3].map(i => CURVE_DIVISOR + i * ELEMENT) as [number, number];

const setLimbs = (at: number, limbs: readonly bigint[]): void => memory.set(limbs, at / 8);
const limbsAt = (at: number): bigint[] => [...memory.subarray(at / 8, at / 8 + LIMBS)];
const numberOf = (limbs: readonly bigint[]): bigint => limbs.reduceRight((value, limb) => value * BASE + limb, 0n);
const valueAt = (at: number): bigint => numberOf(limbsAt(at));
const digitsOf = (value: bigint): bigint[] =>
  Array.from({ length: LIMBS }, (_, i) => {
    const rest = value >> BigInt(BITS * i);
    return i < LIMBS - 1 ? rest & (BASE - 1n) : rest;
  });
const set = (at: number, value: bigint): void => setLimbs(at, digitsOf(value));
const mod = (value: bigint): bigint => ((value % P) + P) % P;

/** Runs of ones between bits, so that digits are empty or full. */
const runs = fc
  .array(fc.integer({ min: 0, max: 256 }), { minLength: 1, maxLength: 6 })
  .map(ends => ends.reduce((value, end) => value ^ (2n ** BigInt(end) - 1n), 0n));
const element = fc.oneof(
  fc.bigInt(0n, P - 1n),
  runs.map(mod),
  fc.bigInt(0n, 2n ** 40n),
  fc.bigInt(1n, 2n ** 40n).map(k => P - k),
  fc.bigInt(2n, 2n ** 40n).map(k => P / k),
  fc.constantFrom(0n, 1n, 2n, P - 1n, P - 2n, (P + 1n) / 2n, 2n ** 255n),
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
        set(CURVE_DIVISOR, divisor);
        setLimbs(DIVIDEND, dividend);
        expect(field.quotient()).toBe(1);
        const quotient = valueAt(QUOTIENT);
        expect(mod(quotient * divisor)).toBe(numberOf(dividend) % P);
        expect(quotient < 0n ? -quotient : quotient).toBeLessThan(128n * P);
      }),
      { numRuns: 1000 },
    );
  });

  it('has no quotient by zero', () => {
    set(CURVE_DIVISOR, 0n);
    set(DIVIDEND, 1n);
    expect(field.quotient()).toBe(0);
  });
});

it('the module is the same each time', () => {
  expect(secp256k1Module()).toEqual(bytes);
});
