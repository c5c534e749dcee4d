// The index of the dense layout of traces as a kernel.

import type { BufferRange, DispatchStep, Kernel } from '../../runtime/gpu/device.ts';
import { kernel } from './module.ts';

/**
 * Writes to each pair of cells of equally high columns the number of its column. A thread a pair.
 * Immediates: the word of the first pair, the first column, pairs of a column.
 */
export const columnIndexKernel: Kernel = kernel({
  name: 'columnIndex',
  workgroup: 256,
  buffers: { columnIndex: 'write' },
  body: '  columnIndex[immediate(1u) + thread] = immediate(2u) + thread / immediate(3u);\n',
  host: ({ buffers: [index], threads, immediates: [at, first, pairs] }) => {
    for (let i = 0; i < threads; i++) index![at! + i] = first! + Math.floor(i / pairs!);
  },
});

export interface EqualColumns {
  /** Pairs of cells before them, from the start of the range. */
  readonly at: number;
  readonly firstColumn: number;
  /** Pairs of a column, of which the last may have fewer. */
  readonly pairs: number;
  /** Of all of them. */
  readonly allPairs: number;
}

/** The step that writes the index of some columns. */
export const columnIndexStep = (
  index: BufferRange,
  { at, firstColumn, pairs, allPairs }: EqualColumns,
): DispatchStep => ({
  kind: 'dispatch',
  kernel: columnIndexKernel,
  buffers: [index],
  threads: allPairs,
  immediates: [at, firstColumn, pairs],
});
