// A number of bytes below another one: at the most significant byte that differs.
// Reference: sp1:crates/core/machine/src/operations/field/range.rs, SP1 6.4.0.

import type { Air } from '../../air.ts';
import { type Cell, type PolyLike, poly, sum } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { lessThanByte } from '../bytes.ts';

export type FieldLt = {
  readonly byte_flags: readonly Cell[];
  readonly lhs_comparison_byte: Cell;
  readonly rhs_comparison_byte: Cell;
};

/** lhs < rhs. All cells are 0 where `isAsked` is, whose rows are those of the air otherwise. */
export function fieldLt(
  air: Air,
  lhs: readonly PolyLike[],
  rhs: readonly PolyLike[],
  isAsked: Word = word(1),
): FieldLt {
  let equal = isAsked;
  const isFirst: Word[] = [];
  for (let i = lhs.length - 1; i >= 0; i--) {
    const same = poly(lhs[i]!).word.eq(poly(rhs[i]!).word);
    isFirst[i] = equal.and(same.xor(1));
    equal = equal.and(same);
  }
  const byte_flags = isFirst.map(first => air.flag(first));
  const pick = (bytes: readonly PolyLike[]): Cell =>
    air.cell(
      firstOf(
        isFirst.map((first, i) => [first, poly(bytes[i]!).word]),
        0,
      ),
    );
  const [lhs_comparison_byte, rhs_comparison_byte] = [pick(lhs), pick(rhs)];
  air.equal(sum(byte_flags), 1, 'one byte decides');
  let isDecided = poly(0);
  for (let i = lhs.length - 1; i >= 0; i--) {
    isDecided = isDecided.add(byte_flags[i]!);
    air.when(isDecided.not()).equal(lhs[i]!, rhs[i]!, 'bytes above the deciding one are equal');
  }
  const decided = (bytes: readonly PolyLike[]): PolyLike => sum(byte_flags.map((flag, i) => flag.mul(bytes[i]!)));
  air.equal(decided(lhs), lhs_comparison_byte, 'the deciding byte on the left');
  air.equal(decided(rhs), rhs_comparison_byte, 'the deciding byte on the right');
  lessThanByte(air, lhs_comparison_byte, rhs_comparison_byte);
  return { byte_flags, lhs_comparison_byte, rhs_comparison_byte };
}
