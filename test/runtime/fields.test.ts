import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';

const { modulus } = koalaBear;
const P = BigInt(modulus);
const element = fc.oneof(
  fc.integer({ min: 0, max: modulus - 1 }),
  fc.constantFrom(0, 1, 2, modulus - 1, modulus - 2, 65_536),
);

describe('KoalaBear', () => {
  it('has the constants of its Montgomery form', () => {
    expect([modulus, koalaBear.r, koalaBear.r2, koalaBear.negativeInverse]).toEqual([
      2_130_706_433, 33_554_430, 402_124_772, 0x7effffff,
    ]);
  });

  it('computes as integers do', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        expect(koalaBear.mul(a, b)).toBe(Number((x * y) % P));
        expect(koalaBear.add(a, b)).toBe(Number((x + y) % P));
        expect(koalaBear.sub(a, b)).toBe(Number((x - y + P) % P));
        expect(koalaBear.mul(a, koalaBear.inverse(a))).toBe(a === 0 ? 0 : 1);
      }),
    );
  });

  it('takes integers of either sign', () => {
    expect([koalaBear.of(-1), koalaBear.of(P), koalaBear.of(-(P ** 3n) + 5n)]).toEqual([modulus - 1, 0, 5]);
  });
});
