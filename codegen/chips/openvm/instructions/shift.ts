// Shifts: by limbs, and by up to seven bits. Reference: openvm:extensions/rv32im/circuit/src/shift/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, type Cell, type Limbs, type Poly, poly, sum } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { LIMB, recorded, weighted } from '../air.ts';
import { ALU } from '../events.ts';
import { bytes, range, xor } from '../lookups.ts';
import { aluAdapter } from './adapters.ts';

const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];
const FOUR = [0, 1, 2, 3];
const SIGN = 128;

export const shiftChip: Chip = recorded('Shift', RECORDS.Shift, ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { sll: 0, srl: 1, sra: 2 });
  const { sll, srl, sra } = flags;
  const valid = air.when(any);
  const isRight = anyOf([srl, sra]);
  const [bits, limbs] = [e.c.bits(0, 3), e.c.bits(3, 5)];
  const b_sign = air.flag(sra.word.and(e.b.bit(31)));
  const [a, b, c] = [air.bytes(shifted(e.b, e.c, sll.word, b_sign.word)), air.bytes(e.b), air.bytes(e.c)];
  const bit_shift_marker = EIGHT.map(i => air.flag(bits.eq(i)));
  const limb_shift_marker = FOUR.map(i => air.flag(limbs.eq(i)));
  const multiplier = word(1).shl(bits);
  const bit_multiplier_left = air.cell(sll.word.choose(multiplier, 0));
  const bit_multiplier_right = air.cell(isRight.word.choose(multiplier, 0));
  for (const [i, marker] of bit_shift_marker.entries()) {
    air.only(marker).equal(bit_multiplier_left, sll.mul(2 ** i), 'the power of two');
    air.only(marker).equal(bit_multiplier_right, isRight.mul(2 ** i), 'the power of two');
  }
  valid.equal(sum(bit_shift_marker), 1, 'one number of bits');
  const left = b.cells.map(({ word: limb }) => limb.mul(multiplier).shr(8));
  const right = b.cells.map(({ word: limb }) => limb.and(multiplier.sub(1)));
  const bit_shift_carry = FOUR.map(i => air.cell(sll.word.choose(left[i]!, right[i]!)));
  shiftsBy(
    air,
    { a, b, sll, isRight, b_sign, bit_multiplier_left, bit_multiplier_right },
    limb_shift_marker,
    bit_shift_carry,
  );
  valid.equal(sum(limb_shift_marker), 1, 'one number of limbs');
  const bitShift = weighted(bit_shift_marker).as(bits);
  const rest = c.at(0).sub(weighted(limb_shift_marker).mul(8)).sub(bitShift).over(32);
  range(valid, rest.as(e.c.bits(5, 8)), 3);
  air.only(sra.not()).zero(b_sign, 'only SRA has a sign');
  const top = b.at(3);
  xor(air.only(sra), top, SIGN, top.add(SIGN).sub(b_sign.mul(2 * SIGN)));
  bytes(valid, a.at(0), a.at(1));
  bytes(valid, a.at(2), a.at(3));
  for (const carry of bit_shift_carry) range(valid, carry, bitShift);
  const adapter = aluAdapter(valid, e, weighted([sll, srl, sra]).add(OPENVM_OPCODE.SLL), a.cells, b, c);
  return {
    ...{ ...adapter, a, b, c, ...flags, bit_multiplier_left, bit_multiplier_right, b_sign },
    ...{ bit_shift_marker, limb_shift_marker, bit_shift_carry },
  };
});

function shifted(b: Word, c: Word, isLeft: Word, sign: Word): Word {
  const by = c.bits(0, 5);
  const right = b.shr(by);
  const ones = word(2 ** 32 - 1)
    .shr(by)
    .not();
  return firstOf(
    [
      [isLeft, b.shl(by)],
      [sign, right.or(ones)],
    ],
    right,
  );
}

interface Shifted {
  readonly a: Limbs;
  readonly b: Limbs;
  readonly sll: Poly;
  readonly isRight: Poly;
  readonly b_sign: Poly;
  readonly bit_multiplier_left: Cell;
  readonly bit_multiplier_right: Cell;
}

/** Limb by limb, for each number of limbs. */
function shiftsBy(air: Air, s: Shifted, markers: readonly Cell[], carry: readonly Cell[]): void {
  const { a, b, sll, isRight, b_sign, bit_multiplier_left: left, bit_multiplier_right: right } = s;
  for (const [by, marker] of markers.entries()) {
    const here = air.only(marker);
    for (const j of FOUR) {
      const from = j - by;
      const goesOn: Poly = from <= 0 ? poly(0) : carry[from - 1]!.mul(sll);
      const expected = from < 0 ? poly(0) : goesOn.add(b.at(from).mul(left)).sub(carry[from]!.mul(LIMB).mul(sll));
      here.equal(a.at(j).mul(sll), expected, 'a limb, shifted left');
      const to = j + by;
      if (to > 3) {
        here.equal(a.at(j).mul(isRight), b_sign.mul(LIMB - 1), 'a limb of the sign');
        continue;
      }
      const fromAbove = to === 3 ? b_sign.mul(right.sub(1)) : carry[to + 1]!.mul(isRight);
      const kept = isRight.mul(b.at(to).sub(carry[to]!));
      here.equal(a.at(j).mul(right), fromAbove.mul(LIMB).add(kept), 'a limb, shifted right');
    }
  }
}
