// Stores: op_a is the register that is stored, op_b the base; the granule is written one clock after the instruction.
// Reference: sp1:crates/core/machine/src/memory/instructions/store, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { EventWords } from '../../event.ts';
import { type Cell, compose, type Poly, type PolyLike } from '../../poly.ts';
import { word } from '../../word.ts';
import { OPCODE, sp1 } from '../air.ts';
import { u8 } from '../bytes.ts';
import { MEMORY } from '../events.ts';
import { type Address, address, granule, isLimb, offsetBits, selectLimb } from '../gadgets/address.ts';
import { type AccessCells, accessNow, moveMemory, readRegister } from '../memory.ts';
import { type IType, iType } from './adapters.ts';
import { decodedI, finishInstruction } from './finish.ts';
import { after, type State, state } from './state.ts';

type Event = EventWords<typeof MEMORY>;
type Store = {
  readonly state: State;
  readonly adapter: IType;
  readonly address_operation: Address;
  readonly memory_access: AccessCells;
};

/** The instruction and its address, but not what is written there. */
function store(air: Air, e: Event, opcode: number, misaligned: PolyLike = 0): Store {
  const s = state(air, e);
  const adapter = iType(air, s, e);
  const address_operation = address(air, adapter.op_b_memory.prev_value, adapter.op_c_imm, misaligned);
  const memory_access = accessNow(air, after(s, 1), e.mem, e.mem_ts);
  finishInstruction(air, s, adapter, decodedI(adapter, opcode), adapter.op_a_memory.prev_value.cells);
  readRegister(air, after(s, 3), adapter.op_b, adapter.op_b_memory);
  return { state: s, adapter, address_operation, memory_access };
}

function write(air: Air, row: Store, value: readonly Poly[], misaligned: PolyLike = 0): void {
  moveMemory(air, after(row.state, 1), granule(row.address_operation, misaligned), row.memory_access, value);
}

/** A cell for each limb after the store. */
function stored(air: Air, limbs: readonly Poly[]): Cell[] {
  return limbs.map(limb => {
    const cell = air.cell(limb.word);
    air.only(1).equal(cell, limb, 'the limb after the store');
    return cell;
  });
}

export const storeByteChip: Chip = sp1('StoreByte', MEMORY, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const offset_bit = offsetBits(real, e, 0);
  const [bit0, bit1, bit2] = offset_bit as [Cell, Cell, Cell];
  const misaligned = compose(offset_bit, 1);
  const row = store(real, e, OPCODE.SB, misaligned);
  const before = row.memory_access.prev_value.cells;
  const limb = selectLimb(before, bit1, bit2);
  const mem_limb = real.cell(limb.word);
  air.equal(mem_limb, limb, 'the limb at the address');
  const mem_limb_low_byte = real.cell(mem_limb.word.byte(0));
  u8(real, mem_limb_low_byte, mem_limb.sub(mem_limb_low_byte).over(256));
  const register = row.adapter.op_a_memory.prev_value.at(0);
  const register_low_byte = real.cell(register.word.byte(0));
  u8(real, register_low_byte, register.sub(register_low_byte).over(256));
  const [low, high] = [
    register_low_byte.sub(mem_limb_low_byte),
    register_low_byte.mul(256).sub(mem_limb).add(mem_limb_low_byte),
  ];
  const added = bit0.word.choose(high.word, low.word);
  const increment = real.cell(added.canonical());
  real.equal(increment, low.add(bit0.mul(high.sub(low))), 'what the byte changes its limb by');
  const limbs = before.map((old, i) => {
    const isHere = isLimb(i, bit1, bit2);
    return old.add(isHere.mul(increment)).as(old.word.add(isHere.word.choose(added, 0)).limb(0));
  });
  const store_value = stored(real, limbs);
  write(real, row, store_value, misaligned);
  return { ...row, offset_bit, mem_limb, mem_limb_low_byte, register_low_byte, increment, store_value, is_real };
});

export const storeHalfChip: Chip = sp1('StoreHalf', MEMORY, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const offset_bit = offsetBits(real, e, 1);
  const misaligned = compose(offset_bit, 1).mul(2);
  const row = store(real, e, OPCODE.SH, misaligned);
  const half = row.adapter.op_a_memory.prev_value.at(0);
  const store_value = stored(
    real,
    row.memory_access.prev_value.cells.map((old, i) => {
      const isHere = isLimb(i, offset_bit[0]!, offset_bit[1]!);
      return old.add(isHere.mul(half.sub(old))).as(isHere.word.choose(half.word, old.word));
    }),
  );
  write(real, row, store_value, misaligned);
  return { ...row, offset_bit, store_value, is_real };
});

export const storeWordChip: Chip = sp1('StoreWord', MEMORY, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const offset_bit = offsetBits(real, e, 2)[0]!;
  const misaligned = offset_bit.mul(4);
  const row = store(real, e, OPCODE.SW, misaligned);
  const register = row.adapter.op_a_memory.prev_value;
  const store_value = stored(
    real,
    row.memory_access.prev_value.cells.map((old, i) => {
      const [isHere, limb] = [i < 2 ? offset_bit.not() : offset_bit, register.at(i % 2)];
      return old.add(isHere.mul(limb.sub(old))).as(isHere.word.choose(limb.word, old.word));
    }),
  );
  write(real, row, store_value, misaligned);
  return { ...row, offset_bit, store_value, is_real };
});

export const storeDoubleChip: Chip = sp1('StoreDouble', MEMORY, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const row = store(real, e, OPCODE.SD);
  write(real, row, row.adapter.op_a_memory.prev_value.cells);
  return { ...row, is_real };
});
