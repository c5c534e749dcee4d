// Where and when an instruction is: the columns that its row begins with, and how it goes on.
// Reference: sp1:crates/core/machine/src/adapter/state.rs, SP1 6.4.0.

import type { Air } from '../../air.ts';
import { type Cell, compose, type Limbs } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { range, u8 } from '../bytes.ts';
import { type Clock, EPOCH_BITS } from '../memory.ts';

export type State = {
  readonly clk_high: Cell;
  readonly clk_16_24: Cell;
  readonly clk_0_16: Cell;
  readonly pc: Limbs;
};

/** Where and when. Clocks are 1 mod 8. */
export function state(air: Air, { clk, pc }: { readonly clk: Word; readonly pc: Word }): State {
  const cells = {
    clk_high: air.cell(clk.bits(EPOCH_BITS, 48)),
    clk_16_24: air.cell(clk.byte(2)),
    clk_0_16: air.cell(clk.limb(0)),
    pc: air.limbs(pc, 3),
  };
  range(air, cells.clk_0_16.sub(1).over(8), 13);
  u8(air, cells.clk_16_24, 0);
  return cells;
}

/** `cycles` after the instruction's clock; the low half may leave its 24 bits. */
export function after({ clk_high, clk_0_16, clk_16_24 }: State, cycles: number): Clock {
  return { high: clk_high, low: compose([clk_0_16, clk_16_24], 16).add(cycles) };
}
