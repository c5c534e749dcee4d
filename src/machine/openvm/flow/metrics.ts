// How large a segment is: rows and cells, by AIR and together.

import { AIRS } from '../airs.ts';
import type { ProvingContext } from './engine.ts';

export interface AirMetrics {
  readonly name: string;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  /** Of its own columns. */
  readonly mainCells: number;
  /** And of preprocessed, cached and permutation columns. */
  readonly totalCells: number;
}

export interface SegmentMetrics extends Omit<AirMetrics, 'name' | 'realRows'> {
  readonly instructions: number;
  readonly airs: readonly AirMetrics[];
}

export function segmentMetrics({ airs }: ProvingContext, instructions: number): SegmentMetrics {
  const all = airs.map(
    ({ airId, columns: { name, rows, realRows, width } }): AirMetrics => ({
      ...{ name, rows, realRows, mainCells: rows * width, totalCells: rows * AIRS[airId]!.width },
    }),
  );
  const sum = (field: 'rows' | 'mainCells' | 'totalCells'): number => all.reduce((s, air) => s + air[field], 0);
  return { instructions, rows: sum('rows'), mainCells: sum('mainCells'), totalCells: sum('totalCells'), airs: all };
}
