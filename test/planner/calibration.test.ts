// A calibration predicts no less than was measured, and a small machine has room for shards.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALIBRATION_POINTS, DEFAULT_CALIBRATION } from '../../src/command/verbs/plan/default-calibration.ts';
import { type Calibration, cellCap, peakOf, shardBytes } from '../../src/planner/run/budget.ts';
import { calibrationIn, readPoints } from '../../src/planner/run/calibration.ts';
import { type CalibrationPoint, fitCalibration } from '../../src/planner/run/calibration-fit.ts';

const MIB = 2 ** 20;
/** What is predicted of a point, without what follows from its entries by a number that is given. */
const predicted = (calibration: Calibration, { cells, entries, workers }: CalibrationPoint): number =>
  peakOf(calibration, cells, workers) + calibration.bytesPerEntry * entries;

describe('the shipped calibration', () => {
  it('predicts at least what each measured run took, and no more than twice that', () => {
    expect(CALIBRATION_POINTS.length).toBeGreaterThan(10);
    for (const point of CALIBRATION_POINTS) {
      expect(predicted(DEFAULT_CALIBRATION, point)).toBeGreaterThanOrEqual(point.peakBytes);
      expect(shardBytes(DEFAULT_CALIBRATION, point.cells)).toBeGreaterThanOrEqual(point.placeBytes);
      if (point.workers === 1 && point.entries < 2 ** 22)
        expect(predicted(DEFAULT_CALIBRATION, point)).toBeLessThan(2 * point.peakBytes);
    }
  });

  it('is fitted to shards of several sizes, guests and numbers of threads', () => {
    const values = (of: (point: CalibrationPoint) => unknown): number => new Set(CALIBRATION_POINTS.map(of)).size;
    expect(values(({ guest }) => guest)).toBeGreaterThan(1);
    expect(values(({ workers }) => workers)).toBe(2);
    const cells = CALIBRATION_POINTS.map(point => point.cells);
    expect(Math.max(...cells) / Math.min(...cells)).toBeGreaterThan(10);
  });

  it('has room for shards in half a gibibyte', () => {
    // Tables alone are 1.4 million cells.
    expect(cellCap({ ram: 512 * MIB }, DEFAULT_CALIBRATION)).toBeGreaterThan(8e6);
    expect(() => cellCap({ ram: 128 * MIB }, DEFAULT_CALIBRATION)).toThrow('are needed before the first shard');
  });
});

describe('a fit', () => {
  const point = fc
    .record({
      cells: fc.integer({ min: 1e6, max: 1e8 }),
      entries: fc.integer({ min: 0, max: 2 ** 20 }),
      workers: fc.integer({ min: 1, max: 3 }),
      placeBytes: fc.integer({ min: 0, max: 4e8 }),
      peakBytes: fc.integer({ min: 2e8, max: 2e9 }),
      seconds: fc.integer({ min: 1, max: 100 }),
      madeCells: fc.integer({ min: 1e6, max: 1e8 }),
    })
    .map((one): CalibrationPoint => ({ guest: 'one', ...one }));

  it('is above every point, whatever was measured', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), point, (some, alone) => {
        const points = [...some, { ...alone, workers: 1 }];
        const fitted = fitCalibration('test', points, 0.8);
        for (const one of points) {
          expect(predicted(fitted, one)).toBeGreaterThanOrEqual(one.peakBytes);
          expect(shardBytes(fitted, one.cells)).toBeGreaterThanOrEqual(one.placeBytes);
        }
        expect(calibrationIn(JSON.parse(JSON.stringify(fitted)), 'file')).toEqual(fitted);
      }),
      { numRuns: 100 },
    );
  });

  it('finds base and slope apart where points are on a line', () => {
    const points = [4e6, 16e6, 64e6].map(
      (cells): CalibrationPoint => ({
        ...{ guest: 'one', cells, entries: 0, workers: 1, placeBytes: 2 * cells },
        ...{ peakBytes: 250 * MIB + 4 * cells, seconds: 1, madeCells: cells },
      }),
    );
    const { baseBytes, bytesPerCell, secondsPerCell } = fitCalibration('test', points, 0.8);
    expect([baseBytes, bytesPerCell, secondsPerCell]).toEqual([250 * MIB, 4, 1.56e-8]);
  });
});

it('points are read from what a calibration was written with, and nothing else is one', () => {
  const text = JSON.stringify({ points: CALIBRATION_POINTS });
  expect(readPoints(text, 'file')).toEqual(CALIBRATION_POINTS);
  for (const other of ['{}', 'null', '[]', '{"points":[{}]}', '{"points":[{"guest":"a","cells":"1"}]}', '{'])
    expect(() => readPoints(other, 'file')).toThrow('calibration: expected');
});
