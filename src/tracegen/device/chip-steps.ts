// The steps that fill a chip's columns on a device, padding rows too, and count what its rows look up.

import { chipImmediates, sumTables } from '../../../codegen/wgsl/chip-kernel.ts';
import { type GlobalKernels, globalLevels, globalSteps } from '../../../codegen/wgsl/sp1-global.ts';
import { type BufferRange, type DeviceLimits, type Step, whole } from '../../../runtime/gpu/device.ts';
import type { GroupKernel } from './chip-kernels.ts';
import { boundCells, type CellPlace } from './places.ts';

/** Tables that workgroups take turns at, so that they seldom wait for each other. */
export const COUNT_TABLES = 16;

export interface CountTables {
  readonly range: BufferRange;
  readonly slots: number;
}

export interface RowCounts {
  readonly realRows: number;
  /** With padding. */
  readonly rows: number;
}

/** `events`: the structs of the real rows; `inverses`: the table of them. */
export function chipSteps(
  kernels: readonly GroupKernel[],
  { realRows, rows }: RowCounts,
  places: { readonly cells: CellPlace; readonly events: BufferRange; readonly inverses: BufferRange },
  { range: counts, slots }: CountTables,
  limits: DeviceLimits,
): Step[] {
  const { cells, events, inverses } = places;
  return kernels.map(({ kernel, first, end }) => {
    const { range, firstCell } = boundCells(cells, first, end, limits);
    const { stride } = cells;
    const dispatch = { rows: realRows, stride, firstCell, firstEvent: 0, tables: COUNT_TABLES, slots };
    const immediates = chipImmediates(dispatch);
    return { kind: 'dispatch', kernel, buffers: [events, range, counts, inverses], threads: rows, immediates };
  });
}

/** The same of Global, whose events are messages of GLOBAL_EVENT_WORDS. */
export function globalChipSteps(
  kernels: GlobalKernels,
  width: number,
  { realRows, rows }: RowCounts,
  places: {
    readonly cells: CellPlace;
    readonly events: BufferRange;
    readonly constants: BufferRange;
    readonly points: readonly BufferRange[];
  },
  { range: counts, slots }: CountTables,
  limits: DeviceLimits,
): Step[] {
  const { cells, ...others } = places;
  const { range: columns, firstCell } = boundCells(cells, 0, width, limits);
  const size = { rows: realRows, height: rows, stride: cells.stride, firstCell };
  return globalSteps({ kernels, ...size, tables: COUNT_TABLES, slots, ...others, columns, counts });
}

/** Bytes of the points at each level of the sums: x and y of seven words. */
export const globalPointBytes = (realRows: number): number[] => globalLevels(realRows).map(points => points * 14 * 4);

/** Adds the tables up into the first, and gets it. */
export const countSteps = ({ range, slots }: CountTables, to: Uint32Array): Step[] => [
  { kind: 'dispatch', kernel: sumTables, buffers: [range], threads: slots, immediates: [COUNT_TABLES] },
  { kind: 'download', from: whole(range.buffer, 4 * slots), to },
];
