// Addresses of memory: below 2^48, and not below 2^16, where the two upper limbs are 0.
// Reference: sp1:crates/core/machine/src/operations/{address,addr_add}.rs

import type { Air } from '../../air.ts';
import { type Cell, type Limbs, type Poly, type PolyLike, poly } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { LIMB } from '../air.ts';
import { range, u16s } from '../bytes.ts';
import { addsUp } from './add.ts';

export type Address = { readonly value: Limbs; readonly top_two_limb_inv: Cell };

/** base + offset, which is `misaligned` more than a multiple of 8. */
export function address(air: Air, base: Limbs, offset: Limbs, misaligned: PolyLike = 0): Address {
  const value = air.limbs(base.word.add(offset.word), 3);
  addsUp(air, base.cells, offset.cells, value.cells);
  const upper = value.at(1).add(value.at(2));
  const top_two_limb_inv = air.cell(upper.word.inverse());
  air.equal(upper.mul(top_two_limb_inv), 1, 'the address is not below 2^16');
  u16s(air, value.cells);
  range(air, value.at(0).sub(misaligned).over(8), 13);
  return { value, top_two_limb_inv };
}

/** The granule that the address is in: its three limbs. */
export function granule({ value }: Address, misaligned: PolyLike = 0): Poly[] {
  return [value.at(0).sub(misaligned), value.at(1), value.at(2)];
}

/** base + k, a number or a polynomial below 2^16, of an address of three limbs: another one below 2^48. All 0 where `isAsked` is. */
export function addrAdd(air: Air, base: Limbs, k: number | Poly, isAsked: Word = word(1)): { readonly value: Limbs } {
  const value = air.limbs(isAsked.choose(base.word.add(poly(k).word), 0), 3);
  const addend = typeof k === 'number' ? [k % LIMB, Math.floor(k / LIMB)] : [k];
  addsUp(air, base.cells, addend, value.cells);
  u16s(air, value.cells);
  return { value };
}

/** One of four limbs, by the two bits of its number. */
export function selectLimb(limbs: readonly Poly[], bit0: Poly, bit1: Poly): Poly {
  return limbs.map((limb, i) => isLimb(i, bit0, bit1).mul(limb)).reduce((a, b) => a.add(b));
}

/** 1 where the two bits are those of `i`. */
export function isLimb(i: number, bit0: Poly, bit1: Poly): Poly {
  return poly(i & 1 ? bit0 : bit0.not()).mul(i & 2 ? bit1 : bit1.not());
}

/** Bits of base + offset, from bit `from` to bit 2. */
export function offsetBits(air: Air, { b, c }: { readonly b: Word; readonly c: Word }, from: number): Cell[] {
  const target = b.add(c);
  return [0, 1, 2].slice(from).map(i => air.flag(target.bit(i)));
}
