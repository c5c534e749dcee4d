// Branches. Reference: openvm:extensions/rv32im/circuit/src/{branch_eq,branch_lt}/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, sum } from '../../poly.ts';
import { firstOf } from '../../word.ts';
import { recorded, weighted } from '../air.ts';
import { BRANCH } from '../events.ts';
import { branchAdapter } from './adapters.ts';
import { lessThan } from './less-than.ts';

export const branchEqualChip: Chip = recorded('BranchEqual', RECORDS.BranchEqual, BRANCH, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { beq: 0, bne: 1 });
  const { beq, bne } = flags;
  const valid = air.when(any);
  const [a, b, imm] = [air.bytes(e.a), air.bytes(e.b), air.cell(e.imm)];
  const cmp_result = air.flag(e.a.eq(e.b).xor(bne.word));
  const isEqual = cmp_result.mul(beq).add(cmp_result.not().mul(bne));
  const differences = [0, 1, 2, 3].map(i => a.at(i).sub(b.at(i)));
  const words = differences.map(difference => difference.word);
  const inverse = firstOf(
    words.map(w => [w.eq(0).xor(1), w]),
    0,
  ).inverse();
  const diff_inv_marker = words.map((w, i) => {
    const isLowest = words.slice(0, i).reduce((is, lower) => is.and(lower.eq(0)), w.eq(0).xor(1));
    return air.cell(isLowest.choose(inverse, 0));
  });
  for (const difference of differences) air.only(isEqual).zero(difference, 'equal where it says so');
  const proofs = differences.map((difference, i) => difference.mul(diff_inv_marker[i]!));
  valid.equal(isEqual.add(...proofs), 1, 'different where it says so');
  const opcode = weighted([beq, bne]).add(OPENVM_OPCODE.BEQ);
  const adapter = branchAdapter(valid, e, opcode, [a, b], [cmp_result, imm]);
  return { ...adapter, a, b, cmp_result, imm, ...flags, diff_inv_marker };
});

export const branchLessThanChip: Chip = recorded('BranchLessThan', RECORDS.BranchLessThan, BRANCH, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { blt: 0, bltu: 1, bge: 2, bgeu: 3 });
  const { blt, bltu, bge, bgeu } = flags;
  const valid = air.when(any);
  const [a, b, imm] = [air.bytes(e.a), air.bytes(e.b), air.cell(e.imm)];
  const isSigned = anyOf([blt, bge]);
  const isLess = isSigned.word.choose(e.a.ltS(e.b), e.a.ltU(e.b));
  const cmp_lt = air.cell(isLess);
  const cmp_result = air.flag(isLess.xor(e.local_opcode.bit(1)));
  const expected = cmp_result.mul(sum([blt, bltu])).add(cmp_result.not().mul(sum([bge, bgeu])));
  air.equal(cmp_lt, expected, 'less where it says so');
  const { x_msb_f, y_msb_f, ...compared } = lessThan(valid, a, b, cmp_lt, isSigned);
  const opcode = weighted([blt, bltu, bge, bgeu]).add(OPENVM_OPCODE.BLT);
  const adapter = branchAdapter(valid, e, opcode, [a, b], [cmp_result, imm]);
  return { ...adapter, a, b, cmp_result, imm, ...flags, a_msb_f: x_msb_f, b_msb_f: y_msb_f, cmp_lt, ...compared };
});
