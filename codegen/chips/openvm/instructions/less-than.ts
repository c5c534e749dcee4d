// Comparison of numbers of 32 bits by their highest limb that differs.
// Reference: openvm:extensions/rv32im/circuit/src/less_than/core.rs, v1.4.0.

import type { Air } from '../../air.ts';
import { anyOf, type Cell, type Limbs, type Poly, poly, sum } from '../../poly.ts';
import { firstOf } from '../../word.ts';
import { highestDifference, LIMB, signedTop } from '../air.ts';
import { bytes } from '../lookups.ts';

export type LessThanCells = {
  readonly x_msb_f: Cell;
  readonly y_msb_f: Cell;
  readonly diff_marker: readonly Cell[];
  readonly diff_val: Cell;
};

/** `isLess` is 1 iff x < y, where they are signed if `isSigned` is 1. */
export function lessThan(air: Air, x: Limbs, y: Limbs, isLess: Poly, isSigned: Poly): LessThanCells {
  const top = (limbs: Limbs): Cell => {
    const cell = air.cell(signedTop(limbs.word, isSigned.word).canonical());
    const change = limbs.at(3).sub(cell);
    air.only(change).zero(change.neg().add(LIMB), 'the top limb as it is, or less 256');
    return cell;
  };
  const [x_msb_f, y_msb_f] = [top(x), top(y)];
  const diff_marker = highestDifference(x.word, y.word).map(isHighest => air.flag(isHighest));
  const sign = isLess.mul(2).sub(1);
  const differences = [0, 1, 2, 3].map(i => {
    const [a, b] = i === 3 ? [x_msb_f, y_msb_f] : [x.at(i), y.at(i)];
    return b.sub(a).mul(sign);
  });
  const distances = [0, 1, 2, 3].map(i => {
    const [a, b] = [x, y].map(({ word }) => (i === 3 ? signedTop(word, isSigned.word) : word.byte(i)));
    return isLess.word.choose(b!.sub(a!), a!.sub(b!)).bits(0, 8);
  });
  const diff_val = air.cell(
    firstOf(
      diff_marker.map((marker, i) => [marker.word, distances[i]!]),
      0,
    ),
  );
  let isDecided: Poly = poly(0);
  for (let i = 3; i >= 0; i--) {
    const marker = diff_marker[i]!;
    isDecided = isDecided.add(marker);
    air.only(isDecided.not()).zero(differences[i]!, 'limbs above the deciding one are equal');
    air.only(marker).equal(diff_val, differences[i]!, 'how far the deciding limbs are apart');
  }
  const any = sum(diff_marker);
  air.only(any).zero(any.sub(1), 'at most one limb decides');
  air.only(any.not()).zero(isLess, 'equal numbers are not less');
  const shift = isSigned.mul(128);
  const [low, high] = [
    [x_msb_f, x],
    [y_msb_f, y],
  ].map(([cell, limbs]) => (cell as Cell).add(shift).as((limbs as Limbs).word.byte(3).xor(isSigned.word.shl(7))));
  bytes(air, low!, high!);
  bytes(air.only(anyOf(diff_marker)), diff_val.sub(1), 0);
  return { x_msb_f, y_msb_f, diff_marker, diff_val };
}
