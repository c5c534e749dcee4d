// From measured runs to a calibration that predicts no less than any of them took.

import { type Calibration, PLACE_BYTES, PROCESS_WORKER_BYTES } from './budget.ts';

/** One run of `work`, in a process of its own. */
export interface CalibrationPoint {
  readonly guest: string;
  /** Of the largest shard that it made. */
  readonly cells: number;
  /** Of its largest chunk. */
  readonly entries: number;
  /** Shards in flight. */
  readonly workers: number;
  /** What a shard took, at most, where it was made; what the process took. */
  readonly placeBytes: number;
  readonly peakBytes: number;
  /** Of all shards that it made. */
  readonly seconds: number;
  readonly madeCells: number;
}

/** Entries lie in the ring, and once more in a job. */
export const BYTES_PER_ENTRY = 32;

/** What of a process does not follow from its entries. */
const restOf = ({ peakBytes, entries }: CalibrationPoint): number => peakBytes - BYTES_PER_ENTRY * entries;

/** The rising line with no point above it that all of them together are nearest to; it passes through one or two. */
function lineAbove(
  points: readonly CalibrationPoint[],
  least: number,
): { readonly base: number; readonly slope: number } {
  const slopes = [least];
  for (const a of points)
    for (const b of points)
      if (b.cells > a.cells) slopes.push(Math.max(least, (restOf(b) - restOf(a)) / (b.cells - a.cells)));
  const lines = slopes.map(slope => ({
    slope,
    base: Math.max(...points.map(point => restOf(point) - slope * point.cells)),
  }));
  const excess = ({ base, slope }: { readonly base: number; readonly slope: number }): number =>
    points.reduce((sum, point) => sum + base + slope * point.cells - restOf(point), 0);
  return lines.reduce((best, line) => (excess(line) < excess(best) && line.base > 0 ? line : best));
}

/** Of a cell: the least of each guest, because what else runs on the machine only adds to it, and of these the one in the middle. */
function secondsOf(points: readonly CalibrationPoint[]): number {
  const least = new Map<string, number>();
  for (const { guest, seconds, madeCells } of points)
    least.set(guest, Math.min(least.get(guest) ?? Number.POSITIVE_INFINITY, seconds / madeCells));
  const sorted = [...least.values()].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1]!;
}

/** `points`: at least one of a worker alone. */
export function fitCalibration(source: string, points: readonly CalibrationPoint[], usable: number): Calibration {
  const alone = points.filter(({ workers }) => workers === 1);
  // A shard's own memory is admitted by the same number.
  const ofPlaces = Math.max(...points.map(({ placeBytes, cells }) => (placeBytes - PLACE_BYTES) / cells), 1);
  const { base, slope } = lineAbove(alone, ofPlaces);
  const ofWorkers = points
    .filter(({ workers }) => workers > 1)
    .map(point => (restOf(point) - base - point.workers * slope * point.cells) / (point.workers - 1));
  return {
    source,
    baseBytes: Math.ceil(Math.max(base, 1)),
    bytesPerCell: Math.ceil(1000 * slope) / 1000,
    workerBytes: Math.ceil(Math.max(PROCESS_WORKER_BYTES, ...ofWorkers)),
    bytesPerEntry: BYTES_PER_ENTRY,
    usable,
    secondsPerCell: Number(secondsOf(points).toPrecision(3)),
  };
}
