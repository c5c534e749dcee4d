// Accesses to registers and memory: that the one before was earlier, and the tuples of both. What was there is sent, what is
// there now is received; a register is at (index, 0, 0).
// Reference: sp1:crates/core/machine/src/memory and air/memory.rs, SP1 6.4.0.

import type { Air } from '../air.ts';
import type { Cell, Limbs, Poly, PolyLike } from '../poly.ts';
import { type Word, word } from '../word.ts';
import { LIMB } from './air.ts';
import { memoryBus } from './buses.ts';
import { range, u8 } from './bytes.ts';

/** Clocks have 48 bits; within an epoch of 2^24 the high ones are the same. */
export const EPOCH_BITS = 24;

/** When: the two halves of a clock. */
export interface Clock {
  readonly high: Poly;
  readonly low: Poly;
}

export type Register = { readonly prev_value: Limbs; readonly prev_low: Cell; readonly diff_low_limb: Cell };

/**
 * A register before an access at the low clock `now`: its value and the low clock of its last access in this epoch, which
 * was earlier. Where `isRead` is 0, nothing is accessed and `diff_low_limb` is 0.
 */
export function register(air: Air, now: Poly, prev: Word, prevLow: Word, isRead?: Word): Register {
  const cells = { prev_value: air.limbs(prev), prev_low: air.cell(prevLow) };
  const since = now.sub(cells.prev_low).sub(1);
  const low = since.word.limb(0);
  const diff_low_limb = air.cell(isRead === undefined ? low : isRead.choose(low, 0));
  range(air, diff_low_limb, 16);
  u8(air, since.sub(diff_low_limb).over(LIMB), 0); // the high byte is no column
  return { ...cells, diff_low_limb };
}

/** The access itself: register `index` has `value` from `now` on, in the same epoch as before. */
export function moveRegister(
  air: Air,
  now: Clock,
  index: PolyLike,
  before: Register,
  value: readonly PolyLike[],
): void {
  const address = [index, 0, 0];
  air.send(memoryBus, [now.high, before.prev_low, address, before.prev_value.cells]);
  air.receive(memoryBus, [now.high, now.low, address, value]);
}

export function readRegister(air: Air, now: Clock, index: PolyLike, before: Register): void {
  moveRegister(air, now, index, before, before.prev_value.cells);
}

export type AccessCells = {
  readonly prev_value: Limbs;
  readonly prev_high: Cell;
  readonly prev_low: Cell;
  readonly compare_low: Cell;
  readonly diff_low_limb: Cell;
  readonly diff_high_limb: Cell;
};

/**
 * Memory before an access at `now`: its value `prev` and its last access at `stamp` of 48 bits, which was earlier. Where
 * `isAccessed` is 0, so must `prev` and `stamp` be, and all cells are.
 */
export function accessNow(air: Air, now: Clock, prev: Word, stamp: Word, isAccessed: Word = word(1)): AccessCells {
  const prev_value = air.limbs(prev);
  const prev_high = air.cell(stamp.bits(EPOCH_BITS, 48));
  const prev_low = air.cell(stamp.bits(0, EPOCH_BITS));
  const compare_low = air.flag(isAccessed.choose(prev_high.word.eq(now.high.word), 0));
  const [low, high] = [now.low.sub(prev_low).sub(1), now.high.sub(prev_high).sub(1)];
  const since = isAccessed.choose(compare_low.word.choose(low.word.lo, high.word.lo), 0);
  const diff_low_limb = air.cell(since.limb(0));
  const diff_high_limb = air.cell(since.bits(16, 24));
  air.when(compare_low).equal(prev_high, now.high, 'the same epoch');
  const difference = compare_low.mul(low).add(compare_low.not().mul(high));
  air.equal(difference, diff_low_limb.add(diff_high_limb.mul(LIMB)), 'the access before was earlier');
  range(air, diff_low_limb, 16);
  u8(air, diff_high_limb, 0);
  return { prev_value, prev_high, prev_low, compare_low, diff_low_limb, diff_high_limb };
}

/** The access itself: the granule at `address` (three limbs) has `value` from `now` on. */
export function moveMemory(
  air: Air,
  now: Clock,
  address: readonly PolyLike[],
  before: AccessCells,
  value: readonly PolyLike[],
): void {
  air.send(memoryBus, [before.prev_high, before.prev_low, address, before.prev_value.cells]);
  air.receive(memoryBus, [now.high, now.low, address, value]);
}

export function readAt(air: Air, now: Clock, address: readonly PolyLike[], before: AccessCells): void {
  moveMemory(air, now, address, before, before.prev_value.cells);
}
