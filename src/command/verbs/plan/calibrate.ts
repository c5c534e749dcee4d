// `jit-exec plan --calibrate`: measures what shards of a run take here, from small ones to large ones, and writes a calibration that
// is above all of it. One shard of each size is made, the largest, and all of one plan: what all of every plan take would say little more.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { JitExecError } from '../../../../runtime/errors.ts';
import { readPoints } from '../../../planner/run/calibration.ts';
import { type CalibrationPoint, fitCalibration } from '../../../planner/run/calibration-fit.ts';
import { runPlanJson } from '../../../planner/run/plan-file.ts';
import { mostEntries, planRun, type RunPlan } from '../../../planner/run/plan-run.ts';
import type { ProfiledRun, RunProfile } from '../../../planner/run/run-profile.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { readBytes } from '../../input.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { writeResult } from '../write-result.ts';
import { DEFAULT_CALIBRATION } from './default-calibration.ts';
import { profileGuest } from './profile-guest.ts';

/** Cells of the shards that are measured; those that the run has no slices for, or not so many cells, are left out. */
const AREAS = [4e6, 8e6, 16e6, 32e6, 64e6] as const;
/** Instructions of a slice at most: shards are to be small. */
const SLICE = 2 ** 13;
/** All shards of a plan are made, on one thread and on two, where they come to no more cells. */
const MOST_CELLS = 1.2e8;
const THREADS = 2;

interface Worked {
  readonly shards: readonly { readonly cells: number; readonly peakBytes: number; readonly seconds: number }[];
  readonly peakBytes: number;
}

interface Measuring {
  readonly args: Arguments;
  readonly profile: RunProfile;
  readonly run: ProfiledRun;
  /** Where plans and stores lie meanwhile. */
  readonly folder: string;
}

export async function calibrate(args: Arguments, bytes: Uint8Array): Promise<number> {
  const slice = Math.min(args.slice as number, SLICE);
  const { profile, result } = await profileGuest({ ...args, slice }, bytes);
  const [run] = profile.runs as [ProfiledRun];
  if (result.exit.kind !== 'halted')
    throw new JitExecError('USAGE', 'plan --calibrate: expected a run that comes to its end');
  const folder = mkdtempSync(join(tmpdir(), 'jit-exec-calibrate-'));
  let points: readonly CalibrationPoint[];
  try {
    points = [...pointsBefore(args.calibration as string | undefined), ...measure({ args, profile, run, folder })];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!points.some(({ workers }) => workers === 1))
    throw new JitExecError('USAGE', 'plan --calibrate: slices are too large (--slice)');
  const cells = points.map(point => point.cells);
  const guests = [...new Set(points.map(({ guest }) => guest))].join(', ');
  const source = `plan --calibrate of ${guests}, shards of ${Math.min(...cells)} to ${Math.max(...cells)} cells, jit-exec ${VERSION}, Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'a processor'}`;
  const made = { ...fitCalibration(source, points, DEFAULT_CALIBRATION.usable), points };
  const text = `${JSON.stringify(made, undefined, 2)}\n`;
  if (args.output !== undefined) writeResult(args.output as string, text);
  writeAll(1, text);
  return 0;
}

/** Those of a calibration that is to be fitted anew with more. */
function pointsBefore(path: string | undefined): readonly CalibrationPoint[] {
  if (path === undefined) return [];
  return readPoints(new TextDecoder().decode(readBytes(path)), path);
}

function measure(measuring: Measuring): readonly CalibrationPoint[] {
  const points: CalibrationPoint[] = [];
  let isDoneTogether = false;
  for (const area of AREAS) {
    const plan = planOf(measuring, area);
    // Its slices are too large for shards so small.
    if (plan === undefined) continue;
    const largest = plan.shards.reduce((best, shard) => (shard.cells > best.cells ? shard : best));
    points.push(workOnce(measuring, plan, ['--only-shard', String(largest.index), '--workers', '1']));
    const cells = [...plan.shards, ...plan.others].reduce((sum, shard) => sum + shard.cells, 0);
    if (!isDoneTogether && plan.shards.length >= THREADS && cells <= MOST_CELLS) {
      isDoneTogether = true;
      // Folds and all that waits to be collected come to what one shard takes.
      for (const workers of [1, THREADS])
        points.push(workOnce(measuring, plan, ['--workers', String(workers)], workers));
    }
    if (plan.shards.length === 1) break;
  }
  return points;
}

const limitsOf = (args: Arguments): { readonly elementThreshold: number; readonly heightThreshold: number } => ({
  elementThreshold: args['element-threshold'] as number,
  heightThreshold: args['height-threshold'] as number,
});

/** Undefined where a slice is larger than that. */
function planOf({ args, profile, run }: Measuring, area: number): RunPlan | undefined {
  try {
    return planRun(profile, run, { ...limitsOf(args), area }, DEFAULT_CALIBRATION);
  } catch (error) {
    if (error instanceof JitExecError && error.code === 'PLAN_INFEASIBLE') return undefined;
    throw error;
  }
}

/** A process of its own, of which the largest memory is known. */
function workOnce(
  { args, profile, run, folder }: Measuring,
  plan: RunPlan,
  how: readonly string[],
  workers = 1,
): CalibrationPoint {
  const place = mkdtempSync(join(folder, 'run-'));
  const path = join(place, 'plan');
  const planned = { profile, run, plan, budgets: {}, calibration: DEFAULT_CALIBRATION };
  writeResult(path, jsonLine(runPlanJson(VERSION, planned)));
  // The inputs as they were typed.
  const typed = args.argv.filter((word, i) => {
    const of = word.startsWith('--') ? word : (args.argv[i - 1] ?? '');
    return /^--(input|input-hex|input-u64|sp1-stdin|sp1-version|chunk-entries)(=|$)/.test(of);
  });
  const line = ['work', path, args.program, ...typed, '--store', join(place, 'store'), ...how, '--json', '-q'];
  const { stdout, stderr } = spawnSync(process.execPath, [process.argv[1]!, ...line], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  let worked: Worked;
  try {
    worked = JSON.parse(stdout) as Worked;
    if (worked.shards.length === 0) throw new TypeError('no shards');
  } catch (cause) {
    throw new JitExecError('ENVIRONMENT', `calibrate: work ended without a report: ${stderr.trim()}`, { cause });
  }
  const { shards, peakBytes } = worked;
  const most = (of: 'cells' | 'peakBytes'): number => Math.max(...shards.map(shard => shard[of]));
  const sum = (of: 'cells' | 'seconds'): number => shards.reduce((all, shard) => all + shard[of], 0);
  const point: CalibrationPoint = {
    guest: basename(args.program),
    ...{ cells: most('cells'), entries: mostEntries(run), workers },
    ...{
      placeBytes: most('peakBytes'),
      peakBytes,
      seconds: Number(sum('seconds').toFixed(3)),
      madeCells: sum('cells'),
    },
  };
  if (args.quiet !== true) complain(`calibrate: ${shown(point)}`);
  return point;
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const shown = ({ cells, workers, placeBytes, peakBytes, seconds, madeCells }: CalibrationPoint): string =>
  `${workers === 1 ? 'a shard' : `${workers} shards at once`} of at most ${cells} cells: ${mib(placeBytes)} of ${mib(peakBytes)}, ${((1e9 * seconds) / madeCells).toFixed(0)} ns a cell`;
