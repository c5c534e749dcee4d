// What this program's own tracing takes, as measured: see the source.

import type { Calibration } from '../../planner/run/budget.ts';

export const DEFAULT_CALIBRATION: Calibration = {
  source:
    'trace --until traces --digests-only of fibonacci.sp1, 1.8 to 34.5 million cells a shard: 213 to 358 MiB at most, Node 20.20, 2 cores of AMD EPYC',
  baseBytes: 210 * 2 ** 20,
  bytesPerCell: 5,
  bytesPerEntry: 32,
  usable: 0.85,
  secondsPerCell: 2e-8,
};
