// Sums and differences of limbs. The carries are no columns, but must be bits.
// Reference: sp1:crates/core/machine/src/operations/{add,sub,addw,subw,u16_msb}.rs

import type { Air } from '../../air.ts';
import { type Cell, type Limbs, type Poly, type PolyLike, poly } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { LIMB } from '../air.ts';
import { range, u16s } from '../bytes.ts';

/** x + y = total mod 2^(16 n), of the n lowest limbs; limbs that are missing are 0. */
export function addsUp(
  air: Air,
  x: readonly PolyLike[],
  y: readonly PolyLike[],
  total: readonly PolyLike[],
  n = 4,
): void {
  let carry: Poly = poly(0);
  for (let i = 0; i < n; i++) {
    carry = poly(x[i] ?? 0)
      .add(y[i] ?? 0, carry)
      .sub(total[i] ?? 0)
      .over(LIMB);
    air.bool(carry, 'a carry is 0 or 1');
  }
}

/** The low `n` limbs of b + c. */
export function addOp(air: Air, b: Limbs, c: Limbs, n = 4): { readonly value: Limbs } {
  const value = air.limbs(b.word.add(c.word), n);
  addsUp(air, b.cells, c.cells, value.cells, n);
  u16s(air, value.cells);
  return { value };
}

/** The low `n` limbs of b − c. */
export function subOp(air: Air, b: Limbs, c: Limbs, n = 4): { readonly value: Limbs } {
  const value = air.limbs(b.word.sub(c.word), n);
  addsUp(air, value.cells, c.cells, b.cells, n);
  u16s(air, value.cells);
  return { value };
}

/** b + c mod 2^64 where `isAsked`, a condition within the air's, is 1; else zeros. */
export function addOpWhere(
  air: Air,
  isAsked: Poly,
  b: { readonly cells: readonly PolyLike[]; readonly word: Word },
  c: { readonly cells: readonly PolyLike[]; readonly word: Word },
): { readonly value: Limbs } {
  const value = air.limbs(isAsked.word.choose(b.word.add(c.word), 0));
  const asked = air.only(isAsked);
  addsUp(asked, b.cells, c.cells, value.cells);
  u16s(asked, value.cells);
  for (const limb of value.cells) air.only(isAsked.not()).zero(limb, 'not asked for');
  return { value };
}

/** A result of 32 bits and its sign. */
export type SignedWord = { readonly value: Limbs; readonly msb: Msb };

export function addwOp(air: Air, b: Limbs, c: Limbs): SignedWord {
  const { value } = addOp(air, b, c, 2);
  return { value, msb: msbOp(air, value.at(1)) };
}

export function subwOp(air: Air, b: Limbs, c: Limbs): SignedWord {
  const { value } = subOp(air, b, c, 2);
  return { value, msb: msbOp(air, value.at(1)) };
}

/** The four limbs of a 32-bit result, its sign extended. */
export function signExtended({ value, msb }: SignedWord): Poly[] {
  const upper = msb.msb.mul(LIMB - 1);
  return [value.at(0), value.at(1), upper, upper];
}

export type Msb = { readonly msb: Cell };

/** The top bit of a limb where `isAsked`, else 0. The air is that of the rows that ask. */
export function msbOp(air: Air, limb: Poly, isAsked?: Word): Msb {
  const bit = limb.word.bit(15);
  const msb = air.flag(isAsked === undefined ? bit : isAsked.choose(bit, 0));
  range(air, limb.mul(2).sub(msb.mul(LIMB)), 16); // 2 x mod 2^16
  return { msb };
}
