// Comparison of 64-bit numbers by their most significant limb that differs.
// Reference: sp1:crates/core/machine/src/operations/{lt,u16_compare}.rs

import type { Air } from '../../air.ts';
import { type Cell, type Limbs, type Poly, type PolyLike, poly, sum } from '../../poly.ts';
import { firstOf, type Word } from '../../word.ts';
import { LIMB } from '../air.ts';
import { range } from '../bytes.ts';
import { type Msb, msbOp } from './add.ts';

export type LtUnsigned = {
  readonly u16_compare_op: { readonly bit: Cell };
  readonly u16_flags: readonly Cell[];
  readonly not_eq_inv: Cell;
  readonly comparison_limbs: readonly Cell[];
};

/**
 * `bit` is 1 iff b < c, of numbers whose limbs have 16 bits. `isAsked` is 0 where all cells are. `stated` is what SP1 fills
 * `bit` with, right or wrong, where only one answer is provable; the lookup is then of the difference without its borrow.
 */
export function ltUnsigned(
  air: Air,
  b: readonly Poly[],
  c: readonly Poly[],
  isAsked?: Word,
  stated?: Word,
): LtUnsigned {
  const asked = (w: Word): Word => (isAsked === undefined ? w : isAsked.choose(w, 0));
  const differs = b.map((limb, i) => asked(limb.word.eq(c[i]!.word).xor(1)));
  const isFirst = differs.map((differ, i) =>
    differs.slice(i + 1).reduce((first, higher) => first.and(higher.xor(1)), differ),
  );
  const u16_flags = isFirst.map(first => air.flag(first));
  const pick = (limbs: readonly Poly[]): Word =>
    firstOf(
      isFirst.map((first, i) => [first, limbs[i]!.word]),
      0,
    );
  const [x, y] = [air.cell(pick(b)), air.cell(pick(c))];
  const not_eq_inv = air.cell(x.word.sub(y.word).inverse());
  const bit = air.flag(stated ?? x.word.ltU(y.word));
  const isDifferent = sum(u16_flags);
  air.bool(isDifferent, 'at most one limb decides');
  for (let i = 0; i < b.length; i++) {
    const isDecided = sum(u16_flags.slice(i));
    air.when(isDecided.not()).equal(b[i]!, c[i]!, 'limbs above the deciding one are equal');
  }
  air.equal(sum(u16_flags.map((flag, i) => flag.mul(b[i]!))), x, 'the deciding limb of b');
  air.equal(sum(u16_flags.map((flag, i) => flag.mul(c[i]!))), y, 'the deciding limb of c');
  air.equal(x.sub(y).mul(not_eq_inv), isDifferent, 'deciding limbs differ');
  air.when(isDifferent.not()).zero(not_eq_inv, 'nothing is inverted');
  const difference = x.sub(y).add(bit.mul(LIMB));
  range(air, stated === undefined ? difference : difference.as(x.word.sub(y.word).limb(0)), 16);
  return { u16_compare_op: { bit }, u16_flags, not_eq_inv, comparison_limbs: [x, y] };
}

export function cellsOfLt(lt: LtUnsigned): Cell[] {
  return [lt.u16_compare_op.bit, ...lt.u16_flags, lt.not_eq_inv, ...lt.comparison_limbs];
}

export type LtSigned = { readonly result: LtUnsigned; readonly b_msb: Msb; readonly c_msb: Msb };

/** The same where `isSigned` is 0; where it is 1, b and c are signed: compared with their top bits turned around. */
export function ltSigned(air: Air, b: Limbs, c: Limbs, isSigned: Poly): LtSigned {
  const signed = air.only(isSigned);
  const b_msb = msbOp(signed, b.at(3), isSigned.word);
  const c_msb = msbOp(signed, c.at(3), isSigned.word);
  for (const { msb } of [b_msb, c_msb]) air.when(isSigned.not()).zero(msb, 'an unsigned number has no sign');
  const result = ltUnsigned(air, flipped(b, b_msb, isSigned), flipped(c, c_msb, isSigned));
  return { result, b_msb, c_msb };
}

function flipped(x: Limbs, { msb }: Msb, isSigned: PolyLike): Poly[] {
  const top = x.at(3).add(poly(isSigned).mul(LIMB / 2), msb.mul(-LIMB));
  return [x.at(0), x.at(1), x.at(2), top.as(x.at(3).word.xor(poly(isSigned).word.mul(LIMB / 2)))];
}
