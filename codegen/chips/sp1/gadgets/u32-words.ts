// Words of 32 bits as two limbs.

import type { Air } from '../../air.ts';
import { type Cell, compose, type Poly } from '../../poly.ts';
import type { Word } from '../../word.ts';

/** Two limbs, low first. */
export type U32Words = readonly [low: Poly, high: Poly];
export type U32Cells = readonly [low: Cell, high: Cell];

export function u32Cells(air: Air, w: Word): U32Cells {
  return [air.cell(w.limb(0)), air.cell(w.limb(1))];
}

export const wordOf = ([low, high]: U32Words): Word => compose([low, high], 16).word.lo;
