// Jumps and upper immediates. Reference: openvm:extensions/rv32im/circuit/src/{jal_lui,jalr,auipc}/core.rs, v1.4.0.

import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Chip } from '../../chip.ts';
import { type Cell, compose } from '../../poly.ts';
import { carries, FIELD_BITS, LIMB, recorded } from '../air.ts';
import { AUIPC, JAL_LUI, JALR } from '../events.ts';
import { bytes, range, xor } from '../lookups.ts';
import { writeBlock } from '../memory.ts';
import { fromState, stepTo } from './adapters.ts';
import { conditionalRdAdapter, jalrAdapter } from './jump-adapters.ts';

/** Bits of a pc's highest byte. */
const TOP_BITS = FIELD_BITS.pc - 24;
/** The others of that byte. */
const NO_PC = LIMB - 2 ** TOP_BITS;
const STEP = 4;

export const jalLuiChip: Chip = recorded('JalLui', RECORDS.JalLui, JAL_LUI, (air, e) => {
  const is_lui = air.flag(e.is_jal.xor(1));
  const is_jal = air.flag(e.is_jal);
  const total = is_lui.add(is_jal);
  air.bool(total, 'at most one flag is 1');
  const valid = air.when(total.as(1));
  const [imm, rd_data] = [air.cell(e.imm), air.bytes(e.rd_data)];
  const [d0, , , d3] = rd_data.cells;
  bytes(valid, d0!, rd_data.at(1));
  bytes(valid, rd_data.at(2), d3!);
  const upper = compose(rd_data.cells.slice(1), 8);
  air.only(is_lui).zero(d0!, 'LUI leaves the low byte 0');
  air.only(is_lui).equal(upper, imm.mul(16), 'LUI: 20 bits of immediate');
  xor(air.only(is_jal), d3!, NO_PC, d3!.add(NO_PC));
  const opcode = is_lui.add(OPENVM_OPCODE.JAL);
  const adapter = conditionalRdAdapter(valid, e, opcode, rd_data.cells, imm, pc => {
    air.only(is_jal).equal(d0!.add(upper.mul(LIMB)), pc.add(STEP), 'JAL: the pc behind it');
    return pc.add(is_lui.mul(STEP), is_jal.mul(imm));
  });
  return { ...adapter, imm, rd_data, is_jal, is_lui };
});

export const jalrChip: Chip = recorded('Jalr', RECORDS.Jalr, JALR, (air, e) => {
  const is_valid = air.flag(1);
  const valid = air.when(is_valid);
  const from = fromState(air, e);
  const [imm, imm_sign] = [air.cell(e.imm), air.flag(e.imm_sign)];
  const rs1_data = air.bytes(e.rs1_val);
  const link = e.from_pc.add(STEP);
  const [rd1, rd2, rd3] = [1, 2, 3].map(i => air.cell(link.byte(i))) as [Cell, Cell, Cell];
  const behind = from.pc
    .add(STEP)
    .sub(compose([0, rd1, rd2, rd3], 8))
    .as(link.byte(0));
  const target = e.rs1_val.add(e.imm).add(e.imm_sign.mul(0xffff_0000));
  const to_pc_least_sig_bit = air.flag(target.bit(0));
  const [low, high] = [air.cell(target.bits(1, 16)), air.cell(target.bits(16, 32))];
  bytes(valid, behind, rd1);
  range(valid, rd2, 8);
  range(valid, rd3, TOP_BITS);
  const lower = compose(rs1_data.cells.slice(0, 2), 8).add(imm);
  const carry = lower
    .sub(low.mul(2))
    .sub(to_pc_least_sig_bit)
    .over(2 ** 16);
  valid.bool(carry, 'a carry is 0 or 1');
  range(valid, high, FIELD_BITS.pc - 16);
  range(valid, low, 15);
  const upper = compose(rs1_data.cells.slice(2), 8).add(imm_sign.mul(2 ** 16 - 1), carry);
  valid.bool(upper.sub(high).over(2 ** 16), 'a carry is 0 or 1');
  const next = low.mul(2).add(high.mul(2 ** 16));
  const rd_data = [behind, rd1, rd2, rd3];
  const adapter = jalrAdapter(valid, e, from, OPENVM_OPCODE.JALR, rs1_data, rd_data, [imm, imm_sign, next]);
  const named = { 'rd_data[1]': rd1, 'rd_data[2]': rd2, 'rd_data[3]': rd3 };
  return { ...adapter, imm, rs1_data, ...named, is_valid, to_pc_least_sig_bit, to_pc_limbs: [low, high], imm_sign };
});

export const auipcChip: Chip = recorded('Auipc', RECORDS.Auipc, AUIPC, (air, e) => {
  const is_valid = air.flag(1);
  const valid = air.when(is_valid);
  const from = fromState(air, e);
  const imm_limbs = air.bytes(e.imm, 3);
  const pc_limbs = air.cells([e.from_pc.byte(1), e.from_pc.byte(2)]);
  const rd_data = air.bytes(e.from_pc.add(e.imm.shl(8)));
  const [d0, ...sum] = rd_data.cells as [Cell, Cell, Cell, Cell];
  // The low byte of the pc is that of rd, its highest one is no column.
  const top = from.pc
    .sub(compose([d0, ...pc_limbs], 8))
    .over(2 ** 24)
    .as(e.from_pc.byte(3));
  for (const carry of carries([...pc_limbs, top], imm_limbs.cells, sum)) valid.bool(carry, 'a carry is 0 or 1');
  const pairs = [d0, ...sum, ...imm_limbs.cells, ...pc_limbs, top.mul(2 ** (8 - TOP_BITS))];
  for (let i = 0; i < pairs.length; i += 2) bytes(valid, pairs[i]!, pairs[i + 1]!);
  const rd_ptr = air.cell(e.rd_ptr);
  const access = { space: SPACE.registers, pointer: rd_ptr, now: from.timestamp, prev: e.rd_prev_timestamp };
  const rd_aux = writeBlock(valid, access, e.rd_prev_data, rd_data.cells);
  stepTo(valid, from, OPENVM_OPCODE.AUIPC, [rd_ptr, 0, compose(imm_limbs.cells, 8), SPACE.registers], 1);
  return { from, rd_ptr, rd_aux, is_valid, imm_limbs, pc_limbs, rd_data };
});
