// Fills a trace from structs of events by compiled fillers, in calls of some thousand rows: V8 does not replace a running
// function's code by better one (measured: the first 524,288 rows of one call cost 44 ns each, in calls of 1,024 rows 24),
// and what a group of columns stored is still in the cache when the next group reads it.

import { assert } from '../errors.ts';
import type { TraceLayout } from './layout.ts';

/** A compiled filler: bytes, but for the number of rows. */
export type FillFunction = (
  events: number,
  columns: number,
  stride: number,
  counts: number,
  inverses: number,
  rows: number,
) => void;

/** Bytes in the one memory that fillers work on. Cells are 16 bytes aligned. */
export interface FillPlace {
  readonly events: number;
  readonly cells: number;
  readonly counts: number;
  readonly inverses: number;
}

/** What a chip's filler is: its groups of columns, and what padding rows have. */
export interface FillGroups {
  readonly groups: readonly FillFunction[];
  readonly eventBytes: number;
  /** Padding rows, in cycles; without cells, they are 0. */
  readonly padding: readonly (readonly number[])[];
}

/** Rows of a call: many groups share a tile that stays in the second cache, a single one only needs to return at times. */
const TILE_ROWS = 256;
const CALL_ROWS = 4096;

/** Fills rows [from, to) of the events at `place`; `from` is a multiple of four. */
export function fillRows(filler: FillGroups, place: FillPlace, layout: TraceLayout, from: number, to: number): void {
  assert(from % 4 === 0 && to <= layout.height, `columns: rows ${from} to ${to} of ${layout.height}`);
  const { groups, eventBytes } = filler;
  const step = groups.length > 1 ? TILE_ROWS : CALL_ROWS;
  for (let row = from; row < to; row += step) {
    const rows = Math.min(step, to - row);
    for (const fill of groups) {
      fill(
        place.events + row * eventBytes,
        place.cells + 4 * row,
        4 * layout.stride,
        place.counts,
        place.inverses,
        rows,
      );
    }
  }
}

/** Fills the rows from `from` to the height with padding; `cells` begin with the trace. */
export function fillPadding({ padding }: FillGroups, cells: Uint32Array, layout: TraceLayout, from: number): void {
  for (let column = 0; column < layout.width; column++) {
    const start = column * layout.stride;
    const values = padding.map(row => row[column]!);
    if (values.every(value => value === values[0])) cells.fill(values[0]!, start + from, start + layout.height);
    else for (let row = from; row < layout.height; row++) cells[start + row] = values[(row - from) % values.length]!;
  }
}
