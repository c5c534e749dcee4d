// Tables: preprocessed columns, and how often each row is asked for.
// Reference: sp1:crates/core/machine/src/{program,bytes,range}, SP1 6.4.0.

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { type Chip, table } from '../chip.ts';
import { programBus } from './buses.ts';
import { BYTE_OP, byteBus } from './bytes.ts';

const INSTRUCTION = { pc: 48, opcode: 7, op_a: 8, op_b: 64, op_c: 64, imm_b: 1, imm_c: 1, count: 31 } as const;

/** Padding rows repeat the first instruction, executed never. */
export const programChip: Chip = table(koalaBear, 'Program', INSTRUCTION, (air, e) => {
  const pc = air.limbs(e.pc, 3);
  const [opcode, op_a] = [air.cell(e.opcode), air.cell(e.op_a)];
  const [op_b, op_c] = [air.limbs(e.op_b), air.limbs(e.op_c)];
  const [op_a_0, imm_b, imm_c] = [air.cell(e.op_a.eq(0)), air.cell(e.imm_b), air.cell(e.imm_c)];
  const multiplicity = air.cell(e.count);
  const executed = air.only(multiplicity);
  executed.receive(programBus, [pc.cells, opcode, op_a, op_b.cells, op_c.cells, op_a_0, imm_b, imm_c]);
  return [{ pc, instruction: { opcode, op_a, op_b, op_c, op_a_0, imm_b, imm_c } }, { multiplicity }];
});

const PAIR = { row: 16, counts: [31, 6] } as const;

/** All pairs of bytes: row 256 b + c. */
export const byteChip: Chip = table(koalaBear, 'Byte', PAIR, (air, e) => {
  const [b, c] = [air.cell(e.row.byte(1)), air.cell(e.row.byte(0))];
  const [x, y] = [b.word, c.word];
  const [and, or, xor] = [air.cell(x.and(y)), air.cell(x.or(y)), air.cell(x.xor(y))];
  const [ltu, msb] = [air.cell(x.ltU(y)), air.cell(x.bit(7))];
  const multiplicities = air.cells(e.counts);
  const results = [and, or, xor, 0, ltu, msb];
  for (const [operation, multiplicity] of multiplicities.entries()) {
    const asked = air.only(multiplicity);
    asked.receive(byteBus, [operation, results[operation]!, b, operation === BYTE_OP.MSB ? 0 : c]);
  }
  return [{ b, c, and, or, xor, ltu, msb }, { multiplicities }];
});

const RANGED = { a: 16, bits: 5, count: 31 } as const;

/** All numbers of up to 16 bits, with how many: row 2^bits + a; row 0 is as row 1. */
export const rangeChip: Chip = table(koalaBear, 'Range', RANGED, (air, e) => {
  const [a, bits] = [air.cell(e.a), air.cell(e.bits)];
  const multiplicity = air.cell(e.count);
  air.only(multiplicity).receive(byteBus, [BYTE_OP.RANGE, a, bits, 0]);
  return [{ a, bits }, { multiplicity }];
});
