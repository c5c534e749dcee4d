// How much memory and time a shard's columns take: measured, see bench/results or the source that each names.

import { JitExecError } from '../../../runtime/errors.ts';
import type { Calibration } from './budget.ts';

/** A calibration from the text of a file. @throws PLAN_INVALID. */
export function readCalibration(text: string, name: string): Calibration {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JitExecError('PLAN_INVALID', `calibration: expected JSON, got ${(error as Error).message} in ${name}`);
  }
  return calibrationIn(value, name);
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
    bytesPerEntry: number('bytesPerEntry'),
    usable: number('usable', 1),
    secondsPerCell: number('secondsPerCell'),
  };
}
