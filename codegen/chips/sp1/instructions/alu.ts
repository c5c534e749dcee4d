// Arithmetic without products: a chip for each operation that has a gadget of its own.
// Reference: sp1:crates/core/machine/src/alu, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { poly } from '../../poly.ts';
import { firstOf, word } from '../../word.ts';
import { OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { BYTE_OP, lessThanByte } from '../bytes.ts';
import { ALU, I, R } from '../events.ts';
import { addOp, addwOp, signExtended, subOp, subwOp } from '../gadgets/add.ts';
import { bitwiseOp, limbsOfBytes } from '../gadgets/bytes.ts';
import { ltSigned } from '../gadgets/lt.ts';
import { aluType, iType, rType } from './adapters.ts';
import { finishAlu, finishI, finishR } from './finish.ts';
import { state } from './state.ts';

export const addChip: Chip = sp1('Add', R, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const add_op = addOp(real, adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value);
  finishR(real, s, adapter, OPCODE.ADD, add_op.value.cells);
  return { state: s, adapter, add_op, is_real };
});

export const addiChip: Chip = sp1('Addi', I, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = iType(real, s, e);
  const add_op = addOp(real, adapter.op_b_memory.prev_value, adapter.op_c_imm);
  finishI(real, s, adapter, OPCODE.ADDI, add_op.value.cells);
  return { state: s, adapter, add_op, is_real };
});

export const addwChip: Chip = sp1('Addw', ALU, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const addw_op = addwOp(real, adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value);
  finishAlu(real, s, adapter, OPCODE.ADDW, signExtended(addw_op));
  return { state: s, adapter, addw_op, is_real };
});

export const subChip: Chip = sp1('Sub', R, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const sub_op = subOp(real, adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value);
  finishR(real, s, adapter, OPCODE.SUB, sub_op.value.cells);
  return { state: s, adapter, sub_op, is_real };
});

export const subwChip: Chip = sp1('Subw', R, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const subw_op = subwOp(real, adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value);
  finishR(real, s, adapter, OPCODE.SUBW, signExtended(subw_op));
  return { state: s, adapter, subw_op, is_real };
});

const BITWISE = { is_xor: OPCODE.XOR, is_or: OPCODE.OR, is_and: OPCODE.AND } as const;

export const bitwiseChip: Chip = sp1('Bitwise', ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, BITWISE);
  const { is_xor, is_or, is_and } = flags;
  const real = air.when(any);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const result = firstOf(
    [
      [is_xor.word, e.b.xor(e.c)],
      [is_or.word, e.b.or(e.c)],
    ],
    e.b.and(e.c),
  );
  const operation = is_xor.mul(BYTE_OP.XOR).add(is_or.mul(BYTE_OP.OR), is_and.mul(BYTE_OP.AND));
  const { op_b_memory: b, op_c_memory: c } = adapter;
  const bitwise_op = bitwiseOp(real, b.prev_value, c.prev_value, operation, result);
  finishAlu(real, s, adapter, opcodeOfFlags(flags, BITWISE), limbsOfBytes(bitwise_op.bitwise_op.result));
  return { state: s, adapter, bitwise_op, ...flags };
});

const LT = { is_slt: OPCODE.SLT, is_sltu: OPCODE.SLTU } as const;

export const ltChip: Chip = sp1('Lt', ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, LT);
  const real = air.when(any);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const lt_op = ltSigned(real, adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value, flags.is_slt);
  finishAlu(real, s, adapter, opcodeOfFlags(flags, LT), [lt_op.result.u16_compare_op.bit, 0, 0, 0]);
  return { state: s, adapter, ...flags, lt_op };
});

/** What is computed for x0: any of the first 29 operations, none of whose results is. */
export const aluX0Chip: Chip = sp1('AluX0', ALU, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const opcode = air.cell(e.opcode);
  lessThanByte(real, opcode, OPCODE.LB);
  real.equal(adapter.op_a_0, 1, 'op_a is x0');
  finishAlu(real, s, adapter, opcode, [poly(0), poly(0), poly(0), poly(0)]);
  return { state: s, adapter, opcode, is_real };
});
