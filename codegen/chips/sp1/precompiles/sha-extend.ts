// The message schedule of SHA-256: words 16 to 63, a row each, and a row of each call that begins and ends them.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/sha256/extend, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { type Cell, compose } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { shaExtendBus } from '../buses.ts';
import { lessThanByte, range, u8 } from '../bytes.ts';
import { addrAdd } from '../gadgets/address.ts';
import { type AddressCells, syscallAddress } from '../gadgets/syscall-address.ts';
import { addU32, rotateRight, shiftRight, u32Result, xorU32 } from '../gadgets/u32.ts';
import type { U32Words } from '../gadgets/u32-words.ts';
import { type AccessCells, accessNow, type Clock, EPOCH_BITS, moveMemory, readAt } from '../memory.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, type Clk, clkCells, receiveCall } from './blocks.ts';

/** Words of a schedule, and those that are given. */
const WORDS = 64;
const GIVEN = 16;
/** Bytes from one word to the next. */
const SLOT = 8;

const EXTEND_FIELDS = {
  ...{ clk: 48, w: 48, j: 6 },
  ...{ w_15: 64, w_2: 64, w_16: 64, w_7: 64, w_i: 64 },
  ...{ w_15_stamp: 48, w_2_stamp: 48, w_16_stamp: 48, w_7_stamp: 48, w_i_stamp: 48 },
};

/** A word that is read: its access, and that the upper half of its granule is 0. */
function wordAt(
  real: Air,
  now: Clock,
  at: AddressCells,
  prev: Word,
  stamp: Word,
): { cells: AccessCells; value: U32Words } {
  const cells = accessNow(real, now, prev, stamp);
  const { prev_value } = cells;
  for (const i of [2, 3]) real.zero(prev_value.at(i), 'a word has 32 bits');
  readAt(real, now, at.value.cells, cells);
  return { cells, value: [prev_value.at(0), prev_value.at(1)] };
}

/** Row j is word i = 16 + j; `clk` is that of the call, columns begin with the one after. */
export const shaExtendChip: Chip = sp1('ShaExtend', EXTEND_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk.add(1));
  const i = air.cell(e.j.add(GIVEN));
  const { next_clk, now } = nextClock(real, clk, i);
  const w_ptr = air.limbs(e.w, 3);
  const at = (back: number): AddressCells => addrAdd(real, w_ptr, i.sub(back).mul(SLOT));
  const w_i_minus_15_ptr = at(15);
  const w_i_minus_2_ptr = at(2);
  const w_i_minus_16_ptr = at(16);
  const w_i_minus_7_ptr = at(7);
  const w_i_ptr = at(0);
  lessThanByte(real, i.sub(GIVEN), WORDS - GIVEN);
  const w15 = wordAt(real, now, w_i_minus_15_ptr, e.w_15, e.w_15_stamp);
  const w_i_minus_15_rr_7 = rotateRight(real, w15.value, 7);
  const w_i_minus_15_rr_18 = rotateRight(real, w15.value, 18);
  const w_i_minus_15_rs_3 = shiftRight(real, w15.value, 3);
  const s0_intermediate = xorU32(real, w_i_minus_15_rr_7.value, w_i_minus_15_rr_18.value);
  const s0 = xorU32(real, u32Result(s0_intermediate), w_i_minus_15_rs_3.value);
  const w2 = wordAt(real, now, w_i_minus_2_ptr, e.w_2, e.w_2_stamp);
  const w_i_minus_2_rr_17 = rotateRight(real, w2.value, 17);
  const w_i_minus_2_rr_19 = rotateRight(real, w2.value, 19);
  const w_i_minus_2_rs_10 = shiftRight(real, w2.value, 10);
  const s1_intermediate = xorU32(real, w_i_minus_2_rr_17.value, w_i_minus_2_rr_19.value);
  const s1 = xorU32(real, u32Result(s1_intermediate), w_i_minus_2_rs_10.value);
  const w16 = wordAt(real, now, w_i_minus_16_ptr, e.w_16, e.w_16_stamp);
  const w7 = wordAt(real, now, w_i_minus_7_ptr, e.w_7, e.w_7_stamp);
  const s2 = addU32(real, [w16.value, u32Result(s0), w7.value, u32Result(s1)]);
  const w_i = accessNow(real, now, e.w_i, e.w_i_stamp);
  moveMemory(real, now, w_i_ptr.value.cells, w_i, [...s2.value, 0, 0]);
  real.receive(shaExtendBus, [clk.clk_high, clk.clk_low, w_ptr.cells, i]);
  real.send(shaExtendBus, [clk.clk_high, clk.clk_low, w_ptr.cells, i.add(1)]);
  return {
    ...clk,
    ...{ next_clk, w_ptr, w_i_minus_15_ptr, w_i_minus_2_ptr, w_i_minus_16_ptr, w_i_minus_7_ptr, w_i_ptr, i },
    ...{ w_i_minus_15: w15.cells, w_i_minus_15_rr_7, w_i_minus_15_rr_18, w_i_minus_15_rs_3, s0_intermediate, s0 },
    ...{ w_i_minus_2: w2.cells, w_i_minus_2_rr_17, w_i_minus_2_rr_19, w_i_minus_2_rs_10, s1_intermediate, s1 },
    ...{ w_i_minus_16: w16.cells, w_i_minus_7: w7.cells, s2, w_i, is_real },
  };
});

type NextClk = { readonly next_clk_16_24: Cell; readonly next_clk_0_16: Cell; readonly is_overflow: Cell };

/** `i` − 16 after the clock of columns: the low half may leave its 24 bits once. */
function nextClock(real: Air, { clk_high, clk_low }: Clk, i: Cell): { next_clk: NextClk; now: Clock } {
  const low = clk_low.word.add(i.word).sub(GIVEN);
  const next_clk_16_24 = real.cell(low.bits(16, EPOCH_BITS));
  const next_clk_0_16 = real.cell(low.bits(0, 16));
  const is_overflow = real.flag(low.bit(EPOCH_BITS));
  range(real, next_clk_0_16, 16);
  u8(real, next_clk_16_24, 0);
  const next = compose([next_clk_0_16, next_clk_16_24], 16);
  real.equal(clk_low.add(i).sub(GIVEN), next.add(is_overflow.mul(2 ** EPOCH_BITS)), 'a clock for each word');
  return {
    next_clk: { next_clk_16_24, next_clk_0_16, is_overflow },
    now: { high: clk_high.add(is_overflow), low: next },
  };
}

/** Begins the rows of a call at word 16 and ends them at 64. */
export const shaExtendControlChip: Chip = sp1('ShaExtendControl', { clk: 48, w: 48 }, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const w_ptr = syscallAddress(real, e.w, SLOT * WORDS);
  const at = (i: number): AddressCells => addrAdd(real, w_ptr.addr, SLOT * i);
  const [w_16th_addr, w_17th_addr, w_64th_addr] = [at(GIVEN - 1), at(GIVEN), at(WORDS - 1)];
  receiveCall(real, clk, SYSCALL_ID.SHA_EXTEND, addressLimbs(w_ptr));
  real.send(shaExtendBus, [clk.clk_high, clk.clk_low.add(1), addressLimbs(w_ptr), GIVEN]);
  real.receive(shaExtendBus, [clk.clk_high, clk.clk_low.add(1), addressLimbs(w_ptr), WORDS]);
  return { ...clk, w_ptr, w_16th_addr, w_17th_addr, w_64th_addr, is_real };
});
