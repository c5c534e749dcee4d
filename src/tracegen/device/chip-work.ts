// A chip as work for a device: its events, what it needs besides, and the steps that fill its columns.

import type { Chip } from '../../../codegen/chips/chip.ts';
import type { BufferRange, DeviceLimits, Step } from '../../../runtime/gpu/device.ts';
import { chipKernels } from './chip-kernels.ts';
import { type CountTables, chipSteps, type RowCounts } from './chip-steps.ts';
import type { CellPlace } from './places.ts';

/** Buffers of a device that all chips read or count in. */
export interface Shared {
  readonly inverses: BufferRange;
  readonly constants: BufferRange;
  readonly counts: CountTables;
  readonly limits: DeviceLimits;
}

export interface ChipWork extends RowCounts {
  readonly name: string;
  readonly width: number;
  /** Structs of the real rows. On shared memory they go up without a copy. */
  readonly events: Uint32Array;
  /** Bytes of buffers that it needs meanwhile. */
  readonly scratch: readonly number[];
  /** Whether the device can bind what it needs, with columns so many words apart. */
  readonly fits: (stride: number, limits: DeviceLimits) => boolean;
  readonly steps: (cells: CellPlace, events: BufferRange, scratch: readonly BufferRange[], shared: Shared) => Step[];
}

/** Of a chip whose rows are functions of their events. */
export function chipWork(chip: Chip, events: Uint32Array, rows: number): ChipWork {
  const realRows = (4 * events.length) / chip.event.bytes;
  return {
    name: chip.name,
    width: chip.columns.length - chip.fixed,
    ...{ realRows, rows, events, scratch: [] },
    fits: (stride, limits) => chipKernels(chip, stride, limits) !== undefined,
    steps: (cells, from, _scratch, { inverses, counts, limits }) => {
      const kernels = chipKernels(chip, cells.stride, limits)!;
      return chipSteps(kernels, { realRows, rows }, { cells, events: from, inverses }, counts, limits);
    },
  };
}

/** Bytes that it takes on the device besides its columns. */
export const workBytes = ({ events, scratch }: ChipWork): number =>
  events.byteLength + scratch.reduce((sum, bytes) => sum + bytes, 0);
