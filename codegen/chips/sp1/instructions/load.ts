// Loads: the granule is read one clock after the instruction, the part is picked by the address's low bits.
// Reference: sp1:crates/core/machine/src/memory/instructions/load, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { EventWords } from '../../event.ts';
import { type Cell, compose, type Poly, type PolyLike, poly, sum } from '../../poly.ts';
import { word } from '../../word.ts';
import { LIMB, OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { BYTE_OP, byteBus, u8 } from '../bytes.ts';
import { MEMORY } from '../events.ts';
import { msbOp } from '../gadgets/add.ts';
import { type Address, address, granule, offsetBits, selectLimb } from '../gadgets/address.ts';
import { type AccessCells, accessNow, readAt } from '../memory.ts';
import { type IType, iType } from './adapters.ts';
import { finishI } from './finish.ts';
import { after, type State, state } from './state.ts';

type Event = EventWords<typeof MEMORY>;
type Load = {
  readonly state: State;
  readonly adapter: IType;
  readonly address_operation: Address;
  readonly memory_access: AccessCells;
};

/** Everything but what becomes of the granule. `misaligned` is said before its bits are placed. */
function load(air: Air, e: Event, misaligned: PolyLike = 0): Load {
  const s = state(air, e);
  const adapter = iType(air, s, e);
  const address_operation = address(air, adapter.op_b_memory.prev_value, adapter.op_c_imm, misaligned);
  const memory_access = accessNow(air, after(s, 1), e.mem, e.mem_ts);
  readAt(air, after(s, 1), granule(address_operation, misaligned), memory_access);
  return { state: s, adapter, address_operation, memory_access };
}

/** A sign's three upper limbs. */
const signLimbs = (msb: Poly): Poly[] => new Array(3).fill(msb.mul(LIMB - 1)) as Poly[];

export const loadByteChip: Chip = sp1('LoadByte', MEMORY, (air, e) => {
  const numbers = { is_lb: OPCODE.LB, is_lbu: OPCODE.LBU };
  const { flags, any } = air.oneHot(e.opcode, numbers);
  const real = air.when(any);
  const offset_bit = offsetBits(real, e, 0);
  const row = load(real, e, compose(offset_bit, 1));
  const [bit0, bit1, bit2] = offset_bit as [Cell, Cell, Cell];
  const limb = selectLimb(row.memory_access.prev_value.cells, bit1, bit2);
  const selected_limb = real.cell(limb.word);
  air.equal(selected_limb, limb, 'the limb at the address');
  const selected_limb_low_byte = real.cell(selected_limb.word.byte(0));
  const high = selected_limb.sub(selected_limb_low_byte).over(256);
  u8(real, selected_limb_low_byte, high);
  const byte = selected_limb_low_byte.add(bit0.mul(high.sub(selected_limb_low_byte)));
  const selected_byte = real.cell(bit0.word.choose(high.word, selected_limb_low_byte.word));
  real.equal(selected_byte, byte, 'the byte at the address');
  const msb = real.flag(flags.is_lb.word.and(selected_byte.word.bit(7)));
  real.only(flags.is_lb).send(byteBus, [BYTE_OP.MSB, msb, selected_byte, 0]);
  real.only(flags.is_lbu).zero(msb, 'an unsigned byte has no sign');
  finishI(real, row.state, row.adapter, opcodeOfFlags(flags, numbers), [
    selected_byte.add(msb.mul(LIMB - 256)),
    ...signLimbs(msb),
  ]);
  return { ...row, offset_bit, selected_limb, selected_limb_low_byte, selected_byte, msb, ...flags };
});

export const loadHalfChip: Chip = sp1('LoadHalf', MEMORY, (air, e) => {
  const numbers = { is_lh: OPCODE.LH, is_lhu: OPCODE.LHU };
  const { flags, any } = air.oneHot(e.opcode, numbers);
  const real = air.when(any);
  const offset_bit = offsetBits(real, e, 1);
  const row = load(real, e, compose(offset_bit, 1).mul(2));
  const half = selectLimb(row.memory_access.prev_value.cells, offset_bit[0]!, offset_bit[1]!);
  const selected_half = real.cell(half.word);
  air.equal(selected_half, half, 'the half at the address');
  const msb = msbOp(real.only(flags.is_lh), selected_half, flags.is_lh.word);
  real.only(flags.is_lhu).zero(msb.msb, 'an unsigned half has no sign');
  finishI(real, row.state, row.adapter, opcodeOfFlags(flags, numbers), [selected_half, ...signLimbs(msb.msb)]);
  return { ...row, offset_bit, selected_half, msb, ...flags };
});

export const loadWordChip: Chip = sp1('LoadWord', MEMORY, (air, e) => {
  const numbers = { is_lw: OPCODE.LW, is_lwu: OPCODE.LWU };
  const { flags, any } = air.oneHot(e.opcode, numbers);
  const real = air.when(any);
  const offset_bit = offsetBits(real, e, 2)[0]!;
  const row = load(real, e, offset_bit.mul(4));
  const { cells } = row.memory_access.prev_value;
  const selected_word = [0, 1].map(i => {
    const cell = real.cell(offset_bit.word.choose(cells[i + 2]!.word, cells[i]!.word));
    real.equal(cell, cells[i]!.add(offset_bit.mul(cells[i + 2]!.sub(cells[i]!))), 'the word at the address');
    return cell;
  });
  const msb = msbOp(real.only(flags.is_lw), selected_word[1]!, flags.is_lw.word);
  real.only(flags.is_lwu).zero(msb.msb, 'an unsigned word has no sign');
  finishI(real, row.state, row.adapter, opcodeOfFlags(flags, numbers), [
    ...selected_word,
    ...signLimbs(msb.msb).slice(1),
  ]);
  return { ...row, offset_bit, selected_word, msb, ...flags };
});

export const loadDoubleChip: Chip = sp1('LoadDouble', MEMORY, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const row = load(real, e);
  finishI(real, row.state, row.adapter, OPCODE.LD, row.memory_access.prev_value.cells);
  return { ...row, is_real };
});

const X0 = {
  is_lb: OPCODE.LB,
  is_lbu: OPCODE.LBU,
  is_lh: OPCODE.LH,
  is_lhu: OPCODE.LHU,
  is_lw: OPCODE.LW,
  is_lwu: OPCODE.LWU,
  is_ld: OPCODE.LD,
} as const;

/** Loads into x0: only the address and its alignment matter. */
export const loadX0Chip: Chip = sp1('LoadX0', MEMORY, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, X0);
  const { is_lh, is_lhu, is_lw, is_lwu, is_ld } = flags;
  const real = air.when(any);
  const offset_bit = offsetBits(real, e, 0);
  const row = load(real, e, compose(offset_bit, 1));
  const [bit0, bit1, bit2] = offset_bit as [Cell, Cell, Cell];
  air.only(sum([is_lh, is_lhu, is_lw, is_lwu, is_ld])).zero(bit0, 'aligned to 2');
  air.only(sum([is_lw, is_lwu, is_ld])).zero(bit1, 'aligned to 4');
  air.only(is_ld).zero(bit2, 'aligned to 8');
  real.equal(row.adapter.op_a_0, 1, 'op_a is x0');
  finishI(real, row.state, row.adapter, opcodeOfFlags(flags, X0), [poly(0), poly(0), poly(0), poly(0)]);
  return { ...row, offset_bit, ...flags };
});
