// Multiplication and division that JavaScript numbers lack, on int32 words.
// 64-bit results: the low word is returned, the high word is left in the control page.

import type { AbiExports } from './contract.ts';
import { CONTROL, HIGH } from './layout.ts';

/** Upper half of the unsigned product. The double product is off by less than 2^11 of 2^64, which the sum absorbs. */
export function mulhu32(a: number, b: number): number {
  return (((a >>> 0) * (b >>> 0) - (Math.imul(a, b) >>> 0)) * 2 ** -32 + 0.5) | 0;
}

export function mulh32(a: number, b: number): number {
  return (mulhu32(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

export function mulhsu32(a: number, b: number): number {
  return (mulhu32(a, b) - (a < 0 ? b : 0)) | 0;
}

export type Wide = (alo: number, ahi: number, blo: number, bhi: number) => number;
export type Arithmetic64 = AbiExports<'arithmetic'>;

/** The helpers over one control page, without WebAssembly. */
export function arithmetic64(control: Int32Array): Arithmetic64 {
  const HI = CONTROL.resultHi;

  const mulhU64: Wide = (alo, ahi, blo, bhi) => {
    const middle = (mulhu32(alo, blo) >>> 0) + (Math.imul(alo, bhi) >>> 0) + (Math.imul(ahi, blo) >>> 0);
    const low =
      (Math.imul(ahi, bhi) >>> 0) + (mulhu32(alo, bhi) >>> 0) + (mulhu32(ahi, blo) >>> 0) + Math.floor(middle / HIGH);
    control[HI] = mulhu32(ahi, bhi) + Math.floor(low / HIGH);
    return low | 0;
  };

  /** Subtracts b from the result where the sign of a says so, once per signed operand. */
  const subtract = (lo: number, blo: number, bhi: number): number => {
    const borrow = lo >>> 0 < blo >>> 0 ? 1 : 0;
    control[HI] = control[HI]! - bhi - borrow;
    return (lo - blo) | 0;
  };

  const big = (lo: number, hi: number): bigint => (BigInt(hi) << 32n) | BigInt(lo >>> 0);
  const unsigned = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  const give = (value: bigint): number => {
    control[HI] = Number(BigInt.asIntN(32, value >> 32n));
    return Number(BigInt.asIntN(32, value));
  };
  const giveNumber = (value: number): number => {
    control[HI] = Math.floor(value / HIGH);
    return value | 0;
  };

  /** Quotient and remainder of integers below 2^53 in magnitude; the estimate can be one too large. */
  const divide = (a: number, b: number, wantRemainder: boolean): number => {
    let quotient = Math.trunc(a / b);
    let remainder = a % b;
    if (remainder === 0) remainder = 0;
    else quotient = Math.trunc((a - remainder) / b);
    return giveNumber(wantRemainder ? remainder + 0 : quotient + 0);
  };

  const isSmall = (hi: number): boolean => hi >>> 0 < 0x200000;
  const isSmallSigned = (hi: number): boolean => (hi + 0x200000) >>> 0 < 0x400000;
  const signedNumber = (lo: number, hi: number): number => hi * HIGH + (lo >>> 0);

  const divideUnsigned =
    (wantRemainder: boolean): Wide =>
    (alo, ahi, blo, bhi) => {
      if ((blo | bhi) === 0) {
        control[HI] = wantRemainder ? ahi : -1;
        return wantRemainder ? alo : -1;
      }
      if (isSmall(ahi) && isSmall(bhi))
        return divide(ahi * HIGH + (alo >>> 0), bhi * HIGH + (blo >>> 0), wantRemainder);
      const a = unsigned(alo, ahi);
      const b = unsigned(blo, bhi);
      return give(wantRemainder ? a % b : a / b);
    };

  const divideSigned =
    (wantRemainder: boolean): Wide =>
    (alo, ahi, blo, bhi) => {
      if ((blo | bhi) === 0) {
        control[HI] = wantRemainder ? ahi : -1;
        return wantRemainder ? alo : -1;
      }
      if (isSmallSigned(ahi) && isSmallSigned(bhi)) {
        return divide(signedNumber(alo, ahi), signedNumber(blo, bhi), wantRemainder);
      }
      const a = big(alo, ahi);
      const b = big(blo, bhi);
      return give(wantRemainder ? a % b : a / b);
    };

  return {
    mulhU64,
    mulhS64: (alo, ahi, blo, bhi) => {
      let lo = mulhU64(alo, ahi, blo, bhi);
      if (ahi < 0) lo = subtract(lo, blo, bhi);
      if (bhi < 0) lo = subtract(lo, alo, ahi);
      return lo;
    },
    mulhSU64: (alo, ahi, blo, bhi) => {
      const lo = mulhU64(alo, ahi, blo, bhi);
      return ahi < 0 ? subtract(lo, blo, bhi) : lo;
    },
    divU64: divideUnsigned(false),
    remU64: divideUnsigned(true),
    divS64: divideSigned(false),
    remS64: divideSigned(true),
  };
}
