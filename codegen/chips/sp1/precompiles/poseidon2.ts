// The permutation of 16 field elements in memory, in place.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/poseidon2 and operations/u32_to_half_word, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { type Cell, compose, type Limbs } from '../../poly.ts';
import { word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { range, u16s } from '../bytes.ts';
import { permutation } from '../gadgets/poseidon2.ts';
import { granuleAddresses, syscallAddress } from '../gadgets/syscall-address.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { accesses, clkCells, limbsOf, padAs, phaseOf, receiveCall, writeGranules } from './blocks.ts';

/** Of two elements each. */
const GRANULES = 8;
/** The upper limb of the modulus, whose lower limb is 1. */
const TOP_LIMB = 0x7f00;

const FIELDS = {
  ...{ clk: 48, ptr: 48 },
  ...({ prev: [64, GRANULES], stamp: [48, GRANULES], next: [64, GRANULES] } as const),
};

type Below = { readonly most_sig_limb_lt_top_limb: { readonly bit: Cell } };

/** A word below the modulus: its upper limb is below that of the modulus, or it is the modulus less one. */
function belowModulus(air: Air, low: Cell, high: Cell): Below {
  const bit = air.flag(high.word.ltU(TOP_LIMB));
  range(air, high.sub(TOP_LIMB).add(bit.mul(2 ** 16)), 16);
  const atTop = air.when(bit.not());
  atTop.equal(high, TOP_LIMB, 'the upper limb is not above the modulus');
  atTop.zero(low, 'the lower limb is below the modulus');
  return { most_sig_limb_lt_top_limb: { bit } };
}

/** The two words of each granule. */
function halves(granules: readonly Limbs[]): (readonly [low: Cell, high: Cell])[] {
  return granules.flatMap(limbs => [[limbs.at(0), limbs.at(1)] as const, [limbs.at(2), limbs.at(3)] as const]);
}

export const poseidon2: Chip = sp1('Poseidon2', FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const now = phaseOf(clk, 0);
  const ptr = syscallAddress(real, e.ptr, 8 * GRANULES);
  const addrs = granuleAddresses(real, ptr, GRANULES);
  const memory = accesses(real, now, { prev: e.prev, stamp: e.stamp });
  const hash_result = e.next.map(value => air.limbs(value));
  const old = memory.map(({ prev_value }) => prev_value);
  for (const limbs of [...hash_result, ...old]) u16s(real, limbs.cells);
  const hash_result_range_checkers = halves(hash_result).map(([low, high]) => belowModulus(real, low, high));
  const input_range_checkers = halves(old).map(([low, high]) => belowModulus(real, low, high));
  const perm = permutation(
    air,
    e.prev.flatMap(value => [value.lo, value.hi]),
  );
  for (const [i, half] of halves(old).entries()) real.equal(perm.ext[0]![i]!, compose(half, 16), 'what was there');
  for (const [i, half] of halves(hash_result).entries()) {
    real.equal(perm.output_state[i]!, compose(half, 16), 'what is there now');
  }
  receiveCall(real, clk, SYSCALL_ID.POSEIDON2, limbsOf(ptr));
  const written = hash_result.flatMap(({ cells }) => cells);
  writeGranules(real, now, addrs, memory, written);
  padAs(air, () => ({ prev: e.prev.map(() => 0n) }), perm);
  return {
    ...clk,
    ptr,
    addrs,
    memory,
    hash_result,
    hash_result_range_checkers,
    input_range_checkers,
    perm,
    is_real,
  };
});
