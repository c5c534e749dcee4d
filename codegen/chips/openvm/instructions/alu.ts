// Sums, logic and comparisons. Reference: openvm:extensions/rv32im/circuit/src/{base_alu,less_than}/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, sum } from '../../poly.ts';
import { firstOf } from '../../word.ts';
import { carries, recorded, weighted } from '../air.ts';
import { ALU } from '../events.ts';
import { xor as lookUpXor } from '../lookups.ts';
import { aluAdapter } from './adapters.ts';
import { lessThan } from './less-than.ts';

export const baseAluChip: Chip = recorded('BaseAlu', RECORDS.BaseAlu, ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { add: 0, sub: 1, xor: 2, or: 3, and: 4 });
  const { add, sub, xor, or, and } = flags;
  const valid = air.when(any);
  const xored = e.b.xor(e.c);
  const result = firstOf(
    [
      [add.word, e.b.add(e.c)],
      [sub.word, e.b.sub(e.c)],
      [xor.word, xored],
      [or.word, e.b.or(e.c)],
    ],
    e.b.and(e.c),
  );
  const [a, b, c] = [air.bytes(result), air.bytes(e.b), air.bytes(e.c)];
  for (const carry of carries(b.cells, c.cells, a.cells)) air.only(add).bool(carry, 'a carry is 0 or 1');
  for (const carry of carries(a.cells, c.cells, b.cells)) air.only(sub).bool(carry, 'a borrow is 0 or 1');
  // One lookup a byte: b ^ c = z of logic, a ^ a = 0 otherwise.
  const isLogic = anyOf([xor, or, and]);
  for (const [i, ai] of a.cells.entries()) {
    const [bi, ci] = [b.at(i), c.at(i)];
    const twice = ai.mul(2).sub(bi).sub(ci); // b ^ c = 2 (b | c) − b − c = b + c − 2 (b & c)
    const z = sum([xor.mul(ai), or.mul(twice), and.mul(twice.neg())]);
    const [x, y] = [bi, ci].map(operand =>
      isLogic.not().mul(ai).add(isLogic.mul(operand)).as(isLogic.word.choose(operand.word, ai.word)),
    );
    lookUpXor(valid, x!, y!, z.as(isLogic.word.choose(xored.byte(i), 0)));
  }
  const opcode = weighted([add, sub, xor, or, and]).add(OPENVM_OPCODE.ADD);
  return { ...aluAdapter(valid, e, opcode, a.cells, b, c), a, b, c, ...flags };
});

export const lessThanChip: Chip = recorded('LessThan', RECORDS.LessThan, ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { slt: 0, sltu: 1 });
  const { slt, sltu } = flags;
  const valid = air.when(any);
  const [b, c] = [air.bytes(e.b), air.bytes(e.c)];
  const cmp_result = air.flag(slt.word.choose(e.b.ltS(e.c), e.b.ltU(e.c)));
  const { x_msb_f, y_msb_f, ...compared } = lessThan(valid, b, c, cmp_result, slt);
  const opcode = weighted([slt, sltu]).add(OPENVM_OPCODE.SLT);
  const adapter = aluAdapter(valid, e, opcode, [cmp_result, 0, 0, 0], b, c);
  return { ...adapter, b, c, cmp_result, ...flags, b_msb_f: x_msb_f, c_msb_f: y_msb_f, ...compared };
});
