// Pointers that system calls are given: multiples of 8, not below 2^16, with as many bytes behind them as are accessed.
// Reference: sp1:crates/core/machine/src/operations/syscall_addr.rs, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Cell, Limbs } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { LIMB } from '../air.ts';
import { range } from '../bytes.ts';
import { addrAdd } from './address.ts';
import { type IsZero, isZeroCells } from './zero.ts';

export type SyscallAddress = {
  readonly addr: Limbs;
  readonly top_two_limb_min: Cell;
  readonly top_two_limb_max: IsZero;
};

/** Within the last 2^16 bytes below 2^48, `bytes` more than the address must stay below. */
export function syscallAddress(air: Air, pointer: Word, bytes: number): SyscallAddress {
  const addr = air.limbs(pointer, 3);
  const upper = addr.at(1).add(addr.at(2));
  const top_two_limb_min = air.cell(upper.word.inverse());
  air.equal(upper.mul(top_two_limb_min), 1, 'the address is not below 2^16');
  const top_two_limb_max = isZeroCells(air, upper.sub(2 * (LIMB - 1)));
  range(air, addr.at(0).add(top_two_limb_max.result.mul(bytes)).over(8), 13);
  return { addr, top_two_limb_min, top_two_limb_max };
}

export type AddressCells = { readonly value: Limbs };

/** The addresses of `n` granules from `offset` behind a pointer. */
export function granuleAddresses(air: Air, { addr }: SyscallAddress, n: number, offset = 0): AddressCells[] {
  return Array.from({ length: n }, (_, i) => addrAdd(air, addr, offset + 8 * i));
}
