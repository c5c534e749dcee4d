// The permutation of 16 field elements in memory, in place.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/poseidon2 and operations/u32_to_half_word, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { compose, Limbs } from '../../poly.ts';
import { word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { u16s } from '../bytes.ts';
import { permutation } from '../gadgets/poseidon2.ts';
import { granuleAddresses, syscallAddress } from '../gadgets/syscall-address.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { fieldCheck } from '../system.ts';
import { addressLimbs, clkCells, padAs, phaseOf, receiveCall } from './blocks.ts';
import { accesses, writeGranules } from './granules.ts';

/** Of two elements each. */
const GRANULES = 8;

const FIELDS = {
  ...{ clk: 48, ptr: 48 },
  ...({ prev: [64, GRANULES], stamp: [48, GRANULES], next: [64, GRANULES] } as const),
};

/** The two words of each granule. */
function halves(granules: readonly Limbs[]): Limbs[] {
  return granules.flatMap(({ cells, word: w }) => [
    new Limbs(cells.slice(0, 2), w.lo),
    new Limbs(cells.slice(2), w.hi),
  ]);
}

export const poseidon2Chip: Chip = sp1('Poseidon2', FIELDS, (air, e) => {
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
  const hash_result_range_checkers = halves(hash_result).map(half => fieldCheck(real, half, word(1)));
  const input_range_checkers = halves(old).map(half => fieldCheck(real, half, word(1)));
  const perm = permutation(
    air,
    e.prev.flatMap(value => [value.lo, value.hi]),
  );
  for (const [i, half] of halves(old).entries())
    real.equal(perm.ext[0]![i]!, compose(half.cells, 16), 'what was there');
  for (const [i, half] of halves(hash_result).entries()) {
    real.equal(perm.output_state[i]!, compose(half.cells, 16), 'what is there now');
  }
  receiveCall(real, clk, SYSCALL_ID.POSEIDON2, addressLimbs(ptr));
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
