// Branches, jumps, and what is made from pc.
// Reference: sp1:crates/core/machine/src/control_flow and utype, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { anyOf, type Poly, poly } from '../../poly.ts';
import { word } from '../../word.ts';
import { OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { range, u16s } from '../bytes.ts';
import { BRANCH, I, J } from '../events.ts';
import { addOp, addOpWhere, addsUp } from '../gadgets/add.ts';
import { ltSigned } from '../gadgets/lt.ts';
import { readRegister } from '../memory.ts';
import { iType, jType } from './adapters.ts';
import { decodedI, finishInstruction, writesZeroToX0 } from './finish.ts';
import { after, state } from './state.ts';

const FOUR = { cells: [4], word: word(4) } as const;

const BRANCHES = {
  is_beq: OPCODE.BEQ,
  is_bne: OPCODE.BNE,
  is_blt: OPCODE.BLT,
  is_bge: OPCODE.BGE,
  is_bltu: OPCODE.BLTU,
  is_bgeu: OPCODE.BGEU,
} as const;

export const branchChip: Chip = sp1('Branch', BRANCH, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, BRANCHES);
  const { is_beq, is_bne, is_blt, is_bge, is_bltu, is_bgeu } = flags;
  const real = air.when(any);
  const s = state(real, e);
  const adapter = iType(real, s, e);
  const [a, b] = [adapter.op_a_memory.prev_value, adapter.op_b_memory.prev_value];
  const isSigned = anyOf([is_blt, is_bge]);
  const compare_op = ltSigned(real, a, b, isSigned);
  const isDifferent = anyOf(compare_op.result.u16_flags);
  const { bit } = compare_op.result.u16_compare_op;
  const isTaken = anyOf([
    is_beq.mul(isDifferent.not()),
    is_bne.mul(isDifferent),
    anyOf([is_blt, is_bltu]).mul(bit),
    anyOf([is_bge, is_bgeu]).mul(bit.not()),
  ]);
  const is_branching = real.flag(isTaken.word);
  real.equal(is_branching, isTaken, 'taken if the comparison says so');
  const next_pc = real.limbs(e.next_pc, 3);
  addsUp(real.only(is_branching), s.pc.cells, adapter.op_c_imm.cells, next_pc.cells);
  addsUp(air.only(any.sub(is_branching)), s.pc.cells, FOUR.cells, next_pc.cells);
  range(real, next_pc.at(0).over(4), 14);
  u16s(real, [next_pc.at(1), next_pc.at(2)]);
  finishInstruction(real, s, adapter, decodedI(adapter, opcodeOfFlags(flags, BRANCHES)), a.cells, next_pc.cells);
  readRegister(real, after(s, 3), adapter.op_b, adapter.op_b_memory);
  return { state: s, adapter, next_pc, ...flags, is_branching, compare_op };
});

export const jalChip: Chip = sp1('Jal', J, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = jType(real, s, e);
  const add_op = addOp(real, s.pc, adapter.op_b_imm);
  range(real, add_op.value.at(0).over(4), 14);
  real.zero(add_op.value.at(3), 'the target is below 2^48');
  const op_a_op = addOpWhere(real, is_real.sub(adapter.op_a_0), s.pc, FOUR);
  const instruction = {
    opcode: OPCODE.JAL,
    op_b: adapter.op_b_imm.cells,
    op_c: adapter.op_c_imm.cells,
    imm_b: 1,
    imm_c: 1,
  };
  finishInstruction(real, s, adapter, instruction, op_a_op.value.cells, add_op.value.cells.slice(0, 3));
  return { state: s, adapter, add_op, op_a_op, is_real };
});

export const jalrChip: Chip = sp1('Jalr', I, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = iType(real, s, e);
  const add_op = addOp(real, adapter.op_b_memory.prev_value, adapter.op_c_imm);
  const lsb = real.flag(add_op.value.word.bit(0));
  const target: Poly[] = [add_op.value.at(0).sub(lsb), add_op.value.at(1), add_op.value.at(2)];
  range(real, target[0]!.over(4), 14);
  real.zero(add_op.value.at(3), 'the target is below 2^48');
  const op_a_op = addOpWhere(real, is_real.sub(adapter.op_a_0), s.pc, FOUR);
  finishInstruction(real, s, adapter, decodedI(adapter, OPCODE.JALR), op_a_op.value.cells, target);
  readRegister(real, after(s, 3), adapter.op_b, adapter.op_b_memory);
  return { state: s, adapter, is_real, add_op, op_a_op, lsb };
});

export const utypeChip: Chip = sp1('UType', J, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = jType(real, s, e);
  const is_auipc = air.flag(e.opcode.eq(OPCODE.AUIPC));
  const base = is_auipc.word.choose(e.pc, 0);
  const addend = [0, 1, 2].map(i => {
    const cell = real.cell(base.limb(i));
    real.equal(cell, is_auipc.mul(s.pc.at(i)), 'pc of AUIPC');
    return cell;
  });
  air.only(is_real.not()).zero(is_auipc, 'padding is no instruction');
  const add_op = addOpWhere(real, is_real.sub(adapter.op_a_0), { cells: addend, word: base }, adapter.op_b_imm);
  writesZeroToX0(real, adapter, add_op.value.cells);
  const instruction = {
    opcode: is_auipc.mul(OPCODE.AUIPC - OPCODE.LUI).add(poly(OPCODE.LUI)),
    op_b: adapter.op_b_imm.cells,
    op_c: adapter.op_c_imm.cells,
    imm_b: 1,
    imm_c: 1,
  };
  finishInstruction(real, s, adapter, instruction, add_op.value.cells);
  return { state: s, adapter, addend, add_op, is_auipc, is_real };
});
