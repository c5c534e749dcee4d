// Products.
// Reference: sp1:crates/core/machine/src/alu/mul, SP1 6.4.0.

import type { Chip } from '../../chip.ts';
import { anyOf, type Cell, type Poly } from '../../poly.ts';
import { LIMB, OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { R } from '../events.ts';
import { mulOp, productLimb } from '../gadgets/mul.ts';
import { rType } from './adapters.ts';
import { finishR } from './finish.ts';
import { state } from './state.ts';

const MUL = {
  is_mul: OPCODE.MUL,
  is_mulh: OPCODE.MULH,
  is_mulhu: OPCODE.MULHU,
  is_mulhsu: OPCODE.MULHSU,
  is_mulw: OPCODE.MULW,
} as const;

export const mulChip: Chip = sp1('Mul', R, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, MUL);
  const { is_mul, is_mulh, is_mulhu, is_mulhsu, is_mulw } = flags;
  const real = air.when(any);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const [b, c] = [adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value];
  const mul_op = mulOp(real, b, c, { isSignedB: anyOf([is_mulh, is_mulhsu]), isSignedC: is_mulh, isWord: is_mulw });
  const isHigh = anyOf([is_mulh, is_mulhu, is_mulhsu]);
  const sign = mul_op.product_msb.msb.mul(LIMB - 1);
  const a: Cell[] = [0, 1, 2, 3].map(i => {
    const low: Poly =
      i < 2 ? anyOf([is_mul, is_mulw]).mul(productLimb(mul_op, i)) : is_mul.mul(productLimb(mul_op, i)).add(sign);
    const limb = low.add(isHigh.mul(productLimb(mul_op, i + 4)));
    const cell = real.cell(limb.word);
    air.equal(cell, limb, 'the part of the product that is asked for');
    return cell;
  });
  finishR(real, s, adapter, opcodeOfFlags(flags, MUL), a);
  return { state: s, adapter, a, mul_op, ...flags };
});
