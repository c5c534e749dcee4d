// The run's memory: what each address began with, and what it ended with, in ascending order of addresses.
// Reference: sp1:crates/core/machine/src/memory/global.rs, SP1 6.4.0.

import type { Bus, Term } from '../air.ts';
import type { Chip } from '../chip.ts';
import { type PolyLike, poly, sum } from '../poly.ts';
import { word } from '../word.ts';
import { sp1 } from './air.ts';
import { u16s } from './bytes.ts';
import { cellsOfLt, ltUnsigned } from './gadgets/lt.ts';
import { isZeroCells } from './gadgets/zero.ts';
import { sendMemory, splitThirdLimb } from './shard.ts';

type Control = readonly [index: PolyLike, address: readonly Term[], isValid: PolyLike];
export const initControlBus: Bus<Control> = { name: 'MemoryGlobalInitControl', arity: 5 };
export const finalizeControlBus: Bus<Control> = { name: 'MemoryGlobalFinalizeControl', arity: 5 };

/** `index_inv` is 1/index, or 0: an index is too large for the table of inverses. */
const GLOBAL_MEMORY = { addr: 48, prev_addr: 48, value: 64, ts: 48, index: 24, index_inv: 31 } as const;

/** `isInit`: sent from nowhere at clock 0; else received from the last access. */
function memoryGlobal(name: string, isInit: boolean, bus: Bus<Control>): Chip {
  return sp1(name, GLOBAL_MEMORY, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const [clk_high, clk_low] = [air.cell(e.ts.bits(24, 48)), air.cell(e.ts.bits(0, 24))];
    const index = air.cell(e.index);
    const [prev_addr, addr] = [air.limbs(e.prev_addr, 3), air.limbs(e.addr, 3)];
    const is_prev_addr_zero = isZeroCells(real, sum(prev_addr.cells));
    const is_index_zero = isZeroCells(real, index, e.index_inv);
    const isFirst = is_prev_addr_zero.result.mul(is_index_zero.result);
    const is_comp = air.flag(isFirst.not().word);
    air.only(1).equal(is_comp, is_real.mul(isFirst.not()), 'not the address 0');
    const prev_valid = real.cell(is_prev_addr_zero.result.word.and(is_index_zero.result.word.xor(1)).xor(1));
    real.equal(
      prev_valid,
      is_prev_addr_zero.result.mul(is_index_zero.result.not()).not(),
      'only a first row comes after 0',
    );
    const compared = air.only(is_comp);
    const four = (limbs: typeof addr) => [...limbs.cells, poly(0)];
    const lt_cols = ltUnsigned(compared, four(prev_addr), four(addr), is_comp.word, is_comp.word);
    compared.equal(lt_cols.u16_compare_op.bit, 1, 'addresses ascend');
    const value = air.limbs(e.value);
    const notCompared = real.when(is_comp.not());
    for (const cell of cellsOfLt(lt_cols)) notCompared.zero(cell, 'not compared');
    for (const limb of [...addr.cells, ...value.cells]) notCompared.zero(limb, 'x0 is first, and 0');
    const split = splitThirdLimb(real, value);
    u16s(real, [...prev_addr.cells, ...addr.cells]);
    if (isInit) for (const half of [clk_high, clk_low]) real.zero(half, 'before the first clock');
    sendMemory(real, isInit, [clk_high, clk_low], addr, value, split);
    real.receive(bus, [index, prev_addr.cells, prev_valid]);
    real.send(bus, [index.add(1), addr.cells, is_comp]);
    return {
      ...{ clk_high, clk_low, index, prev_addr, addr, lt_cols, value },
      ...{ value_lower: split[0], value_upper: split[1], is_real, is_comp, prev_valid },
      ...{ is_prev_addr_zero, is_index_zero },
    };
  });
}

export const memoryGlobalInitChip: Chip = memoryGlobal('MemoryGlobalInit', true, initControlBus);
export const memoryGlobalFinalizeChip: Chip = memoryGlobal('MemoryGlobalFinalize', false, finalizeControlBus);
