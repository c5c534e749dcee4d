// Products of 32 bits: the low half, and the high one of signed and unsigned numbers.
// Reference: openvm:extensions/rv32im/circuit/src/{mul,mulh}/core.rs, v1.4.0.

import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, type Cell, type Poly, poly, sum } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { LIMB, recorded, weighted } from '../air.ts';
import { PRODUCT, PRODUCTS } from '../events.ts';
import { bytes, tupleBus } from '../lookups.ts';
import { productAdapter } from './adapters.ts';

const FOUR = [0, 1, 2, 3];
const SIGN = 128;

/** One sign in an extension by it. */
const PER_EXTENSION = babyBear.inverse(LIMB - 1);

/** x_i y_j of the digit k = i + j, i and j below 4. */
export function digit(x: readonly Poly[], y: readonly Poly[], k: number): Poly[] {
  return FOUR.flatMap(i => (k - i >= 0 && k - i < 4 ? [x[i]!.mul(y[k - i]!)] : []));
}

type Terms = readonly Poly[];

/** Takes the terms of one digit after the other, lowest first; gives the digit's cell, which is looked up with its carry. */
function digitsOf(air: Air): (terms: Terms) => Cell {
  let [before, carry] = [word(0), poly(0)];
  return terms => {
    const total = terms.reduce((a, b) => a.add(b.word), before);
    const cell = air.cell(total.byte(0));
    before = total.shr(8);
    carry = carry
      .add(...terms)
      .sub(cell)
      .over(LIMB)
      .as(before);
    air.send(tupleBus, [cell, carry]);
    return cell;
  };
}

export const mulChip: Chip = recorded('Mul', RECORDS.Mul, PRODUCT, (air, e) => {
  const is_valid = air.flag(1);
  const valid = air.when(is_valid);
  const [b, c] = [air.bytes(e.b), air.bytes(e.c)];
  const next = digitsOf(valid);
  const a = FOUR.map(k => next(digit(b.cells, c.cells, k)));
  const adapter = productAdapter(valid, e, OPENVM_OPCODE.MUL, a, b, c);
  return { ...adapter, a, b, c, is_valid };
});

export const mulHChip: Chip = recorded('MulH', RECORDS.MulH, PRODUCTS, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { mulh: 0, mulhsu: 1, mulhu: 2 });
  const { mulh, mulhsu, mulhu } = flags;
  const valid = air.when(any);
  const [b, c] = [air.bytes(e.b), air.bytes(e.c)];
  const isSigned = anyOf([mulh, mulhsu]);
  const signOf = (w: Word, signed: Poly): Word => signed.word.and(w.bit(31));
  const [bSign, cSign] = [signOf(e.b, isSigned), signOf(e.c, mulh)];
  const [b_ext, c_ext] = [air.cell(bSign.mul(LIMB - 1)), air.cell(cSign.mul(LIMB - 1))];
  const next = digitsOf(valid);
  const a_mul = FOUR.map(k => next(digit(b.cells, c.cells, k)));
  const a = FOUR.map(k => {
    const extended = FOUR.slice(0, k + 1).flatMap(i => [b.at(i).mul(c_ext), c.at(i).mul(b_ext)]);
    return next([...digit(b.cells, c.cells, k + 4), ...extended]);
  });
  const [b_sign, c_sign] = [b_ext.mul(PER_EXTENSION).as(bSign), c_ext.mul(PER_EXTENSION).as(cSign)];
  for (const sign of [b_sign, c_sign]) air.bool(sign, 'an extension is all zeros or ones');
  air.only(mulhu).zero(b_sign, 'b has no sign');
  air.only(sum([mulhu, mulhsu])).zero(c_sign, 'c has no sign');
  // Twice what is left of a byte without its sign bit is a byte; c of MULHSU has none.
  const [bTop, cTop] = [b.at(3).sub(b_sign.mul(SIGN)), c.at(3).sub(c_sign.mul(SIGN))];
  bytes(air.only(isSigned), bTop.mul(2), mulh.add(1).mul(cTop));
  const adapter = productAdapter(valid, e, weighted([mulh, mulhsu, mulhu]).add(OPENVM_OPCODE.MULH), a, b, c);
  return { ...adapter, a, b, c, a_mul, b_ext, c_ext, ...flags };
});
