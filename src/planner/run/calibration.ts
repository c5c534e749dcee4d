// How much memory and time a shard's columns take: measured, see bench/results or the source that each names.

import { JitExecError } from '../../../runtime/errors.ts';
import type { Calibration } from './budget.ts';
import type { CalibrationPoint } from './calibration-fit.ts';

/** A calibration from the text of a file. @throws PLAN_INVALID. */
export const readCalibration = (text: string, name: string): Calibration => calibrationIn(jsonIn(text, name), name);

/** What the calibration in a file was fitted to. @throws PLAN_INVALID. */
export function readPoints(text: string, name: string): readonly CalibrationPoint[] {
  const points = (jsonIn(text, name) as { readonly points?: unknown } | null)?.points;
  const counts = ['cells', 'entries', 'workers', 'placeBytes', 'peakBytes', 'seconds', 'madeCells'] as const;
  const isPoint = (point: Partial<CalibrationPoint> | null): boolean =>
    typeof point?.guest === 'string' && counts.every(field => Number.isFinite(point[field]) && point[field]! >= 0);
  if (Array.isArray(points) && points.every(isPoint)) return points as CalibrationPoint[];
  throw new JitExecError('PLAN_INVALID', `calibration: expected points that were measured in ${name}`);
}

function jsonIn(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JitExecError('PLAN_INVALID', `calibration: expected JSON, got ${(error as Error).message} in ${name}`);
  }
}

/** @throws PLAN_INVALID. */
export function calibrationIn(value: unknown, name: string): Calibration {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const number = (field: string, most = Number.MAX_SAFE_INTEGER): number => {
    const given = fields[field];
    if (typeof given === 'number' && given > 0 && given <= most) return given;
    throw new JitExecError('PLAN_INVALID', `calibration: expected ${field} above 0, got ${given} in ${name}`);
  };
  return {
    source: typeof fields.source === 'string' ? fields.source : name,
    baseBytes: number('baseBytes'),
    bytesPerCell: number('bytesPerCell'),
    workerBytes: number('workerBytes'),
    bytesPerEntry: number('bytesPerEntry'),
    usable: number('usable', 1),
    secondsPerCell: number('secondsPerCell'),
  };
}
