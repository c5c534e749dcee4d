// The helpers behind products and quotients, against BigInt.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arithmetic64, arithmetic64, mulh32, mulhsu32, mulhu32 } from '../../runtime/arithmetic.ts';
import { CONTROL, PAGE_BYTES } from '../../runtime/layout.ts';
import { GuestMemory } from '../../runtime/memory/memory.ts';
import { makeArithmetic } from '../../src/engine/arithmetic.ts';

const signed = (w: number, value: bigint): bigint => BigInt.asIntN(w, value);
const low = (value: bigint): number => Number(signed(32, value));
const EDGES = [0n, 1n, -1n, 2n, 10n, -10n, 2n ** 31n, 2n ** 31n - 1n, 2n ** 32n, 2n ** 32n - 1n, 2n ** 52n, 2n ** 53n]
  .concat([2n ** 53n - 1n, 2n ** 53n + 1n, -(2n ** 53n), 1n - 2n ** 53n, 2n ** 63n, 2n ** 63n - 1n])
  .map(value => BigInt.asUintN(64, value));

/** Values of all magnitudes: division takes other ways below 2^53. */
const value64 = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(63), fc.boolean()).map(([value, by, negative]) => {
    const shifted = value >> BigInt(by);
    return BigInt.asUintN(64, negative ? -shifted : shifted);
  }),
);

const WIDE: Readonly<Record<keyof Arithmetic64, (a: bigint, b: bigint) => bigint>> = {
  mulhU64: (a, b) => (a * b) >> 64n,
  mulhS64: (a, b) => (signed(64, a) * signed(64, b)) >> 64n,
  mulhSU64: (a, b) => (signed(64, a) * b) >> 64n,
  divU64: (a, b) => (b === 0n ? -1n : a / b),
  remU64: (a, b) => (b === 0n ? a : a % b),
  divS64: (a, b) => (b === 0n ? -1n : signed(64, a) / signed(64, b)),
  remS64: (a, b) => (b === 0n ? a : signed(64, a) % signed(64, b)),
};

const memory = GuestMemory.create({
  windowBase: PAGE_BYTES,
  windowBits: 17,
  farBase: 0,
  farBytes: 0,
  areaBytes: 2 ** 19,
  extraBytes: 0,
  addressFloor: 4096,
  addressLimit: 2 ** 32,
  protectedStart: 0,
  protectedEnd: 0,
  maxPoolBytes: PAGE_BYTES,
});

const IMPLEMENTATIONS: readonly (readonly [string, Arithmetic64])[] = [
  ['JavaScript', arithmetic64(memory.control)],
  ['what the host has', makeArithmetic(memory)],
];

describe.each(IMPLEMENTATIONS)('64-bit operations in %s', (_, operations) => {
  it.each(Object.keys(WIDE) as (keyof Arithmetic64)[])('%s gives the words of the exact result', name => {
    const check = (a: bigint, b: bigint): void => {
      const lo = operations[name](low(a), low(a >> 32n), low(b), low(b >> 32n));
      const hi = memory.control[CONTROL.resultHi]!;
      const got = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
      expect([a, b, got]).toEqual([a, b, BigInt.asUintN(64, WIDE[name](a, b))]);
      expect(Object.is(lo, lo | 0)).toBe(true);
    };
    for (const a of EDGES) for (const b of EDGES) check(a, b);
    fc.assert(fc.property(value64, value64, check), { numRuns: 500 });
  });
});

describe('upper halves of 32-bit products', () => {
  it('are exact for every mixture of signs', () => {
    const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 65535, 65536, -65536));
    fc.assert(
      fc.property(word, word, (a, b) => {
        const [ua, ub] = [BigInt(a >>> 0), BigInt(b >>> 0)];
        expect(mulhu32(a, b)).toBe(low((ua * ub) >> 32n));
        expect(mulh32(a, b)).toBe(low((BigInt(a) * BigInt(b)) >> 32n));
        expect(mulhsu32(a, b)).toBe(low((BigInt(a) * ub) >> 32n));
      }),
      { numRuns: 3000 },
    );
  });
});
