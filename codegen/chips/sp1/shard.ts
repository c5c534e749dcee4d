// Memory and clocks at the edges of a shard: what local memory began and ended with, and what carries accesses and state
// over the ends of epochs.
// Reference: sp1:crates/core/machine/src/memory/{local,bump}.rs, src/control_flow/bump, SP1 6.4.0.

import type { Air } from '../air.ts';
import type { Chip } from '../chip.ts';
import { type Cell, compose, type Limbs, poly } from '../poly.ts';
import { type Word, word } from '../word.ts';
import { LIMB, sp1 } from './air.ts';
import { globalBus, memoryBus, stateBus } from './buses.ts';
import { lessThanByte, range, u8, u16s } from './bytes.ts';
import { accessNow, readAt } from './memory.ts';

/** The interaction kind of memory in Global. */
const MEMORY_KIND = 1;

/** Bits 32–39 and 40–47 of a value, which messages to Global carry apart. */
export type SplitLimb = readonly [lower: Cell, upper: Cell];

export function splitThirdLimb(air: Air, value: Limbs): SplitLimb {
  const [lower, upper] = [air.cell(value.word.byte(4)), air.cell(value.word.byte(5))];
  air.equal(compose([lower, upper], 8), value.at(2), 'the two bytes of the third limb');
  u8(air, lower, upper);
  u16s(air, value.cells);
  return [lower, upper];
}

/** What was or is at an address, to Global. */
export function sendMemory(
  air: Air,
  isSend: boolean,
  clock: readonly [high: Cell, low: Cell],
  addr: Limbs,
  value: Limbs,
  [lower, upper]: SplitLimb,
): void {
  const parts = [value.at(0).add(lower.mul(LIMB)), value.at(1).add(upper.mul(LIMB)), value.at(3)];
  air.send(globalBus, [[clock, addr.cells, parts], isSend ? 1 : 0, isSend ? 0 : 1, MEMORY_KIND]);
}

const LOCAL = { addr: 48, initial_value: 64, final_value: 64, initial_ts: 48, final_ts: 48 } as const;

/** An address that the shard touched: received from before, sent to after. */
export const memoryLocalChip: Chip = sp1('MemoryLocal', LOCAL, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const addr = air.limbs(e.addr, 3);
  const clock = (ts: Word): readonly [Cell, Cell] => [air.cell(ts.bits(24, 48)), air.cell(ts.bits(0, 24))];
  const [initial, final] = [clock(e.initial_ts), clock(e.final_ts)];
  const [initial_value, final_value] = [air.limbs(e.initial_value), air.limbs(e.final_value)];
  const [initialSplit, finalSplit] = [splitThirdLimb(real, initial_value), splitThirdLimb(real, final_value)];
  sendMemory(real, false, initial, addr, initial_value, initialSplit);
  sendMemory(real, true, final, addr, final_value, finalSplit);
  real.receive(memoryBus, [...initial, addr.cells, initial_value.cells]);
  real.send(memoryBus, [...final, addr.cells, final_value.cells]);
  const entry = {
    addr,
    ...{ initial_clk_high: initial[0], final_clk_high: final[0], initial_clk_low: initial[1], final_clk_low: final[1] },
    ...{ initial_value, final_value },
    ...{ initial_value_lower: initialSplit[0], initial_value_upper: initialSplit[1] },
    ...{ final_value_lower: finalSplit[0], final_value_upper: finalSplit[1] },
    is_real,
  };
  return { memory_local_entries: [entry] };
});

const BUMP = { clk: 48, ts: 48, value: 64, addr: 5 } as const;

/** A read of a register that brings its clock into the epoch, so that registers' rows compare only low halves. */
export const memoryBumpChip: Chip = sp1('MemoryBump', BUMP, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const [clk_32_48, clk_24_32, clk_16_24, clk_0_16] = clockCells(air, e.clk);
  const now = { high: compose([clk_24_32, clk_32_48], 8), low: compose([clk_0_16, clk_16_24], 16) };
  const addr = air.cell(e.addr);
  const before = accessNow(real, now, e.value, e.ts);
  u16s(real, [clk_0_16, clk_32_48]);
  u8(real, clk_16_24, clk_24_32);
  lessThanByte(real, addr, 32);
  readAt(real, now, [addr, 0, 0], before);
  return { access: before, clk_32_48, clk_24_32, clk_16_24, clk_0_16, addr, is_real };
});

/** A clock from its upper bits down. */
function clockCells(air: Air, clk: Word): readonly [Cell, Cell, Cell, Cell] {
  return [air.cell(clk.bits(32, 48)), air.cell(clk.byte(3)), air.cell(clk.byte(2)), air.cell(clk.limb(0))];
}

/** `clk_low` and the limbs of `pc` may have left their bits: what an instruction's row sends uncarried. */
const STATE_BUMP = { clk_high: 24, clk_low: 25, pc: [17, 3], next_pc: 48 } as const;

/** State that left its limbs, with its carries. */
export const stateBumpChip: Chip = sp1('StateBump', STATE_BUMP, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const next = e.clk_high.wide.shl(24).add(e.clk_low);
  const [next_clk_32_48, next_clk_24_32, next_clk_16_24, next_clk_0_16] = clockCells(air, next);
  const [clk_high, clk_low] = [air.cell(e.clk_high), air.cell(e.clk_low)];
  const next_pc = air.limbs(e.next_pc, 3);
  const pc = air.cells(e.pc);
  const is_clk = air.flag(e.clk_low.bit(24));
  const [high, low] = [compose([next_clk_24_32, next_clk_32_48], 8), compose([next_clk_0_16, next_clk_16_24], 16)];
  real.equal(low.add(is_clk.mul(2 ** 24)), clk_low, 'the low clock and its carry');
  real.equal(high, clk_high.add(is_clk), 'the high clock');
  let carry = poly(0);
  for (const [i, limb] of pc.entries()) {
    carry = limb.add(carry).sub(next_pc.at(i)).over(LIMB);
    if (i < 2) real.bool(carry, 'a carry is 0 or 1');
    else real.zero(carry, 'pc is below 2^48');
  }
  range(real, next_clk_0_16.sub(1).over(8), 13);
  range(real, next_clk_32_48, 16);
  u8(real, next_clk_16_24, next_clk_24_32);
  u16s(real, next_pc.cells);
  real.receive(stateBus, [clk_high, clk_low, pc]);
  real.send(stateBus, [high, low, next_pc.cells]);
  return {
    ...{ next_clk_32_48, next_clk_24_32, next_clk_16_24, next_clk_0_16, clk_high, clk_low },
    ...{ next_pc, pc, is_clk, is_real },
  };
});
