// What this program's own tracing takes, as `plan --calibrate` measured it with guests of bench/sp1-guests and examples, one after
// the other, on 2 cores of AMD EPYC, Node 20.20: memory does not depend on what else the machine did, times are the least of each guest.

import type { Calibration } from '../../../planner/run/budget.ts';
import { type CalibrationPoint, fitCalibration } from '../../../planner/run/calibration-fit.ts';

const USABLE = 0.85;

type Row = readonly [guest: string, ...numbers: [number, number, number, number, number, number, number]];

/** Guest, cells of the largest shard, entries of the largest chunk, threads, bytes of the shard, of the process, seconds, cells of all. */
const ROWS: readonly Row[] = [
  ['block', 3965952, 159945, 1, 14818304, 263561216, 17.585, 3965952],
  ['block', 7902880, 159945, 1, 36818880, 247582720, 11.672, 7902880],
  ['block', 15914192, 159945, 1, 56898496, 278781952, 13.394, 15914192],
  ['block', 31996384, 159945, 1, 94860352, 325156864, 13.742, 31996384],
  ['block', 63987104, 159945, 1, 209999232, 480305152, 13.381, 63987104],
  ['block', 63987104, 159945, 1, 209999232, 635654144, 98.771, 119243440],
  ['block', 63987104, 159945, 2, 209999232, 812642304, 160.587, 119243440],
  ['fibonacci', 3875792, 589, 1, 19659328, 232042496, 5.333, 3875792],
  ['fibonacci', 3875792, 589, 1, 19659328, 312295424, 7.997, 27522160],
  ['fibonacci', 3875792, 589, 2, 19659328, 427192320, 19.955, 27522160],
  ['fibonacci', 7878848, 589, 1, 43076224, 235343872, 4.413, 7878848],
  ['fibonacci', 15987920, 589, 1, 89157952, 297918464, 7.917, 15987920],
  ['fibonacci', 18462800, 589, 1, 85262208, 294780928, 4.069, 18462800],
  ['keccak', 3943760, 53272, 1, 19178944, 234110976, 3.32, 3943760],
  ['keccak', 3943760, 53272, 1, 19178944, 325705728, 3.446, 11327664],
  ['keccak', 3943760, 53272, 2, 19178944, 328630272, 12.586, 11327664],
  ['keccak', 7029520, 53272, 1, 35954688, 249602048, 7.109, 7029520],
  ['sha256', 3875232, 456449, 1, 17339072, 228462592, 13.723, 3875232],
  ['sha256', 7708960, 456449, 1, 38787776, 242032640, 5.28, 7708960],
  ['sha256', 15979296, 456449, 1, 82326272, 289173504, 4.8, 15979296],
  ['sha256', 31724960, 456449, 1, 102099712, 325079040, 5.558, 31724960],
  ['sha256', 63991552, 456449, 1, 162600448, 370786304, 18.034, 63991552],
  ['qsort', 3999648, 16777216, 1, 19439424, 705417216, 4.793, 3999648],
  ['qsort', 7999584, 16777216, 1, 39033536, 575062016, 14.637, 7999584],
  ['qsort', 15994848, 16777216, 1, 81411392, 699527168, 16.304, 15994848],
  ['qsort', 31998656, 16777216, 1, 116849600, 612724736, 11.734, 31998656],
  ['qsort', 63997664, 16777216, 1, 165335680, 641638400, 11.991, 63997664],
];

export const CALIBRATION_POINTS: readonly CalibrationPoint[] = ROWS.map(
  ([guest, cells, entries, workers, placeBytes, peakBytes, seconds, madeCells]) => ({
    ...{ guest, cells, entries, workers, placeBytes, peakBytes, seconds, madeCells },
  }),
);

export const DEFAULT_CALIBRATION: Calibration = fitCalibration(
  `plan --calibrate of ${[...new Set(ROWS.map(([guest]) => guest))].join(', ')}: ${ROWS.length} runs, Node 20.20, 2 cores of AMD EPYC`,
  CALIBRATION_POINTS,
  USABLE,
);
