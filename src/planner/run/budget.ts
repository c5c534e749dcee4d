// From memory to cells: what a host, or a GPU, has room for.

import { JitExecError } from '../../../runtime/errors.ts';

/** How memory and time of this program's own tracing follow from cells. */
export interface Calibration {
  /** Where the numbers come from. */
  readonly source: string;
  /** Bytes of the process before its first shard: host, guest pages, ring, the walk's memory. */
  readonly baseBytes: number;
  /** Of a shard that is being made. */
  readonly bytesPerCell: number;
  /** Of each thread that makes shards but the first. */
  readonly workerBytes: number;
  /** Of the largest chunk: its place in the ring, and what waits of it for the run's end. */
  readonly bytesPerEntry: number;
  /** Of what the machine has, what may be planned with. */
  readonly usable: number;
  readonly secondsPerCell: number;
}

export interface Budgets {
  readonly cycles?: number | undefined;
  readonly area?: number | undefined;
  /** Bytes. */
  readonly ram?: number | undefined;
  readonly gpuMemory?: number | undefined;
  /** Shards in flight at once. */
  readonly workers?: number | undefined;
}

const CELL_BYTES = 4;
/** Of GPU memory: uploads and downloads. */
const STAGING_BYTES = 64 * 2 ** 20;

/** Of a place before its first event: slots of the text, inverses, a table of lookups, heads of lists. */
export const PLACE_BYTES: number = 24 * 2 ** 20;
/** Of a thread at least: its heap, compiled fillers, the walk's memory. */
export const PROCESS_WORKER_BYTES: number = 64 * 2 ** 20;

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Of a process that makes so many shards of so many cells at once. */
export const peakOf = (calibration: Calibration, cells: number, workers = 1): number =>
  Math.ceil(beforeCells(calibration, workers) + workers * calibration.bytesPerCell * cells);

const beforeCells = ({ baseBytes, workerBytes }: Calibration, workers: number): number =>
  baseBytes + (workers - 1) * workerBytes;

/** What a shard takes while it is made, the process left out. */
export const shardBytes = ({ bytesPerCell }: Calibration, cells: number): number =>
  Math.ceil(PLACE_BYTES + bytesPerCell * cells);

/** Most cells of a shard; infinity where no budget is of memory or area. @throws PLAN_INFEASIBLE where one leaves nothing. */
export function cellCap(budgets: Budgets, calibration: Calibration): number {
  const { area, ram, gpuMemory, workers = 1 } = budgets;
  return Math.min(
    area === undefined ? Number.POSITIVE_INFINITY : positive(area, 'a shard of 0 cells holds nothing'),
    ram === undefined ? Number.POSITIVE_INFINITY : cellsOfRam(ram, workers, calibration),
    gpuMemory === undefined ? Number.POSITIVE_INFINITY : cellsOfGpu(gpuMemory),
  );
}

function positive(cells: number, reason: string): number {
  if (cells > 0) return cells;
  throw new JitExecError('PLAN_INFEASIBLE', `plan: ${reason}`);
}

function cellsOfRam(ram: number, workers: number, calibration: Calibration): number {
  const { usable, bytesPerCell } = calibration;
  const base = beforeCells(calibration, workers);
  const room = usable * ram - base;
  const reason = `of ${mib(ram)} of memory ${mib(usable * ram)} may be planned with (${usable}), and ${mib(base)} are needed before the first shard`;
  return positive(Math.floor(room / workers / bytesPerCell), reason);
}

function cellsOfGpu(bytes: number): number {
  const reason = `of ${mib(bytes)} of GPU memory ${mib(STAGING_BYTES)} are for uploads`;
  return positive(Math.floor((bytes - STAGING_BYTES) / CELL_BYTES), reason);
}
