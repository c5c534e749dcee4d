// Addresses of memory: below 2^48, and not below 2^16, where the two upper limbs are 0.
// Reference: sp1:crates/core/machine/src/operations/{address,addr_add}.rs

import type { Air } from '../../air.ts';
import { type Cell, type Limbs, type Poly, type PolyLike, poly } from '../../poly.ts';
import { LIMB } from '../air.ts';
import { range, u16s } from '../bytes.ts';

export type Address = { readonly value: Limbs; readonly top_two_limb_inv: Cell };

/** base + offset, which is `misaligned` more than a multiple of 8. */
export function address(air: Air, base: Limbs, offset: Limbs, misaligned: PolyLike = 0): Address {
  const value = air.limbs(base.word.add(offset.word), 3);
  addsUpTo48(air, base.cells, offset.cells, value);
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

/** base + k, of an address of three limbs: another one below 2^48. */
export function addrAdd(air: Air, base: Limbs, k: number): { readonly value: Limbs } {
  const value = air.limbs(base.word.add(k), 3);
  const addend = [0, 1, 2].map(i => poly(Math.floor(k / LIMB ** i) % LIMB));
  addsUpTo48(air, base.cells, addend, value);
  u16s(air, value.cells);
  return { value };
}

/** x + y = total mod 2^64, where total has no fourth limb; missing limbs are 0. */
function addsUpTo48(air: Air, x: readonly Poly[], y: readonly Poly[], total: Limbs): void {
  let carry: Poly = poly(0);
  for (let i = 0; i < x.length; i++) {
    carry = x[i]!.add(y[i]!, carry)
      .sub(total.cells[i] ?? 0)
      .over(LIMB);
    if (i < x.length - 1 || x.length === 4) air.bool(carry, 'a carry is 0 or 1');
    else air.zero(carry, 'the address is below 2^48');
  }
}
