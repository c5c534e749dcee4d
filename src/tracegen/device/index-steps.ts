// The steps that write which column each pair of cells of the dense layout is of.

import { columnIndexStep } from '../../../codegen/wgsl/jagged.ts';
import type { JaggedLayout, JaggedOptions } from '../../../runtime/columns/jagged.ts';
import type { BufferRange, DeviceLimits, Step } from '../../../runtime/gpu/device.ts';

const WORD = 4;

interface Run {
  /** Pairs of cells before it. */
  readonly at: number;
  readonly firstColumn: number;
  readonly pairs: number;
  readonly allPairs: number;
}

export function indexSteps(
  { groups }: JaggedLayout,
  index: BufferRange,
  { maxLogRowCount }: JaggedOptions,
  limits: DeviceLimits,
): Step[] {
  const runs = groups.flatMap(({ places, end, columnEnd, paddingCells, paddingColumns }): Run[] => [
    ...places.map(({ offset, firstColumn, width, rows }) => ({
      ...{ at: offset / 2, firstColumn, pairs: rows / 2, allPairs: (width * rows) / 2 },
    })),
    {
      at: (end - paddingCells) / 2,
      firstColumn: columnEnd - paddingColumns,
      pairs: 2 ** (maxLogRowCount - 1),
      allPairs: paddingCells / 2,
    },
  ]);
  return runs.filter(({ allPairs }) => allPairs > 0).flatMap(run => pieces(run, index, limits));
}

/** As many pairs at a time as a device binds, of whole columns where one fits. */
function pieces({ at, firstColumn, pairs, allPairs }: Run, index: BufferRange, limits: DeviceLimits): Step[] {
  const { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment } = limits;
  const fit = Math.floor((most - alignment) / WORD);
  const step = fit >= pairs ? Math.floor(fit / pairs) * pairs : fit;
  const steps: Step[] = [];
  for (let from = 0; from < allPairs; ) {
    const column = Math.floor(from / pairs);
    // Of a column that does not fit, a piece ends where the column does.
    const count = Math.min(step, allPairs - from, fit >= pairs ? step : (column + 1) * pairs - from);
    const start = index.offset + WORD * (at + from);
    const offset = Math.floor(start / alignment) * alignment;
    const range = { buffer: index.buffer, offset, bytes: start + WORD * count - offset };
    const words = (start - offset) / WORD;
    steps.push(columnIndexStep(range, { at: words, firstColumn: firstColumn + column, pairs, allPairs: count }));
    from += count;
  }
  return steps;
}
