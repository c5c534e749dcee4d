// The dense layout in which SP1's prover keeps a shard's traces on a device: column after column, each as long as its trace is
// high, zeros up to a whole number of stacked rows, and an index from pairs of cells to columns.
// Reference: sp1:sp1-gpu/crates/jagged_tracegen/src/lib.rs (generate_jagged_traces), SP1 6.4.0.

import { assert } from '../errors.ts';

/** A trace, or with no rows a chip of the cluster that the shard has no events of. */
export interface JaggedTrace {
  readonly name: string;
  readonly width: number;
  /** Padded rows: even. */
  readonly rows: number;
}

export interface JaggedOptions {
  /** log2 of the cells that a group of traces is padded to a multiple of. */
  readonly logStackingHeight: number;
  /** log2 of the rows of a padding column. */
  readonly maxLogRowCount: number;
}

/** Of SP1's RISC-V machine. */
export const SP1_JAGGED: JaggedOptions = { logStackingHeight: 21, maxLogRowCount: 22 };

export interface JaggedPlace extends JaggedTrace {
  /** Cells before the trace. */
  readonly offset: number;
  readonly firstColumn: number;
}

/** Traces that are padded together: the preprocessed ones, or the main ones. */
export interface JaggedGroup {
  /** In the order of names, byte by byte. */
  readonly places: readonly JaggedPlace[];
  /** Cells behind the group's padding. */
  readonly end: number;
  /** Columns behind the padding columns. */
  readonly columnEnd: number;
  readonly paddingCells: number;
  /** At least one, which is empty where nothing is to be padded. */
  readonly paddingColumns: number;
}

export interface JaggedLayout {
  readonly groups: readonly JaggedGroup[];
  readonly cells: number;
  /** Of each column half the cells before it, and of all columns together. */
  readonly startIndices: Uint32Array;
  /** Of each column half its rows. */
  readonly columnHeights: Uint32Array;
}

/** Where everything lies; each group begins where the one before ended. */
export function jaggedLayout(groups: readonly (readonly JaggedTrace[])[], options: JaggedOptions): JaggedLayout {
  const starts: number[] = [];
  const heights: number[] = [];
  let cells = 0;
  const made = groups.map(traces => {
    const places = [...traces].sort(byName).map(({ name, width, rows }) => {
      assert(rows % 2 === 0, `jagged: ${name} has an odd number of rows`);
      const place = { name, width, rows, offset: cells, firstColumn: starts.length };
      for (let i = 0; i < width; i++) {
        starts.push(cells / 2);
        heights.push(rows / 2);
        cells += rows;
      }
      return place;
    });
    const padding = paddingOf(cells, options);
    for (const height of padding) {
      starts.push(cells / 2);
      heights.push(height / 2);
      cells += height;
    }
    const paddingCells = padding.reduce((sum, height) => sum + height, 0);
    return { places, end: cells, columnEnd: starts.length, paddingCells, paddingColumns: padding.length };
  });
  starts.push(cells / 2);
  return { groups: made, cells, startIndices: Uint32Array.from(starts), columnHeights: Uint32Array.from(heights) };
}

const byName = (a: JaggedTrace, b: JaggedTrace): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Heights of the padding columns behind so many cells. */
function paddingOf(cells: number, { logStackingHeight, maxLogRowCount }: JaggedOptions): number[] {
  const [unit, most] = [2 ** logStackingHeight, 2 ** maxLogRowCount];
  const missing = Math.ceil(cells / unit) * unit - cells;
  const columns = Math.max(1, Math.ceil(missing / most));
  return Array.from({ length: columns }, (_, i) => Math.min(most, missing - i * most));
}

/** Of each pair of cells its column. */
export function columnIndex({ cells, startIndices }: JaggedLayout): Uint32Array {
  const index = new Uint32Array(cells / 2);
  for (let column = 0; column + 1 < startIndices.length; column++) {
    index.fill(column, startIndices[column]!, startIndices[column + 1]!);
  }
  return index;
}
