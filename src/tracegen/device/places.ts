// Parts of one large buffer as a device binds them: from multiples of its alignment, no larger than it allows.

import type { BufferRange, DeviceLimits } from '../../../runtime/gpu/device.ts';

const WORD = 4;

/** Columns of a trace in a buffer: word `first` + `stride` × column + row. */
export interface CellPlace {
  readonly range: BufferRange;
  readonly stride: number;
}

export interface BoundCells {
  readonly range: BufferRange;
  /** Added to `stride` × column + row, modulo 2^32. */
  readonly firstCell: number;
}

/** Columns [first, end) of a place, for one binding. */
export function boundCells({ range, stride }: CellPlace, first: number, end: number, limits: DeviceLimits): BoundCells {
  const { minStorageBufferOffsetAlignment: alignment } = limits;
  const start = range.offset + WORD * stride * first;
  const offset = Math.floor(start / alignment) * alignment;
  const bytes = range.offset + WORD * stride * end - offset;
  return {
    range: { buffer: range.buffer, offset, bytes },
    firstCell: ((start - offset) / WORD - stride * first) >>> 0,
  };
}
