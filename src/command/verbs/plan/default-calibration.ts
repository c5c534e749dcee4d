// What this program's own tracing takes, as measured: see the source.

import type { Calibration } from '../../../planner/run/budget.ts';

export const DEFAULT_CALIBRATION: Calibration = {
  source:
    'plan --calibrate of bench guest block, 8 blocks, chunks of 2^20 entries, shards of up to 38.8 million cells on one thread: 854 to 910 MiB at most, 3.55 bytes a cell in a place (5 with the larger waves of trace), 159 to 205 ns a cell, Node 20.20, 2 cores of AMD EPYC under load',
  baseBytes: 800 * 2 ** 20,
  bytesPerCell: 5,
  workerBytes: 64 * 2 ** 20,
  bytesPerEntry: 32,
  usable: 0.85,
  secondsPerCell: 1.6e-7,
};
