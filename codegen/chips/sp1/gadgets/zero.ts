// Whether a number is 0, with the inverse that proves that it is not.
// Reference: sp1:crates/core/machine/src/operations/{is_zero,is_zero_word,is_equal_word}.rs

import type { Air } from '../../air.ts';
import type { Cell, Poly } from '../../poly.ts';
import type { Word } from '../../word.ts';

export type IsZero = { readonly inverse: Cell; readonly result: Cell };

/** `inverse` is given where it is of a number too large for the table of inverses. */
export function isZeroCells(air: Air, x: Poly, inverseWord: Word = x.word.inverse()): IsZero {
  const inverse = air.cell(inverseWord);
  const result = air.flag(x.word.eq(0));
  air.equal(x.mul(inverse), result.not(), 'not 0: there is an inverse');
  air.zero(x.mul(result), 'is 0');
  air.zero(inverse.mul(result), 'the inverse of 0 is 0');
  return { inverse, result };
}

export type IsZeroWord = {
  readonly is_zero_limb: readonly IsZero[];
  readonly is_zero_first_half: Cell;
  readonly is_zero_second_half: Cell;
  readonly result: Cell;
};

/** Whether all four limbs are 0. */
export function isZeroWord(air: Air, limbs: readonly Poly[]): IsZeroWord {
  const is_zero_limb = limbs.map(limb => isZeroCells(air, limb));
  const both = (a: Cell, b: Cell): Cell => {
    const cell = air.cell(a.word.and(b.word));
    air.equal(cell, a.mul(b), 'both are 0');
    return cell;
  };
  const [r0, r1, r2, r3] = is_zero_limb.map(({ result }) => result) as [Cell, Cell, Cell, Cell];
  const is_zero_first_half = both(r0, r1);
  const is_zero_second_half = both(r2, r3);
  const result = both(is_zero_first_half, is_zero_second_half);
  return { is_zero_limb, is_zero_first_half, is_zero_second_half, result };
}
