// `jit-exec plan --calibrate`: measures what shards of a run take here, from small ones to large ones, and writes a calibration that
// is above all of it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { JitExecError } from '../../../../runtime/errors.ts';
import { type Calibration, shardBytes } from '../../../planner/run/budget.ts';
import { runPlanJson } from '../../../planner/run/plan-file.ts';
import { planRun } from '../../../planner/run/plan-run.ts';
import type { ProfiledRun } from '../../../planner/run/run-profile.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { writeResult } from '../write-result.ts';
import { DEFAULT_CALIBRATION } from './default-calibration.ts';
import { profileGuest } from './profile-guest.ts';

/** Cells of the shards that are measured; those that the run has no slices for are left out. */
const AREAS = [8e6, 32e6] as const;
/** Entries of a chunk lie in the ring, and once more in the job. */
const BYTES_PER_ENTRY = 32;

interface Measured {
  /** Of the largest shard. */
  readonly cells: number;
  /** Bytes of a cell of the shard that takes most for one. */
  readonly bytesPerCell: number;
  readonly peakBytes: number;
  readonly secondsPerCell: number;
}

interface Worked {
  readonly shards: readonly { readonly cells: number; readonly peakBytes: number; readonly seconds: number }[];
  readonly peakBytes: number;
}

export async function calibrate(args: Arguments, bytes: Uint8Array): Promise<number> {
  const { profile, result } = await profileGuest(args, bytes);
  const [run] = profile.runs as [ProfiledRun];
  if (result.exit.kind !== 'halted')
    throw new JitExecError('USAGE', 'plan --calibrate: expected a run that comes to its end');
  const folder = mkdtempSync(join(tmpdir(), 'jit-exec-calibrate-'));
  const measured: Measured[] = [];
  try {
    for (const area of AREAS) {
      const options = {
        elementThreshold: args['element-threshold'] as number,
        heightThreshold: args['height-threshold'] as number,
        area,
      };
      let plan: ReturnType<typeof planRun>;
      try {
        plan = planRun(profile, run, options, DEFAULT_CALIBRATION);
      } catch (error) {
        // Its slices are too large for shards so small.
        if (error instanceof JitExecError && error.code === 'PLAN_INFEASIBLE') continue;
        throw error;
      }
      const planned = { profile, run, plan, budgets: options, calibration: DEFAULT_CALIBRATION };
      const one = workOnce(args, folder, `${area}`, jsonLine(runPlanJson(VERSION, planned)));
      measured.push(one);
      if (args.quiet !== true) complain(`calibrate: ${shown(one)}`);
      if (plan.shards.length === 1) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (measured.length === 0) throw new JitExecError('USAGE', 'plan --calibrate: slices are too large (--slice)');
  const text = `${JSON.stringify(fitted(measured, args.program), undefined, 2)}\n`;
  if (args.output !== undefined) writeResult(args.output as string, text);
  writeAll(1, text);
  return 0;
}

const shown = ({ cells, bytesPerCell, peakBytes, secondsPerCell }: Measured): string =>
  `shards of at most ${cells} cells: ${bytesPerCell.toFixed(2)} bytes a cell, ${(peakBytes / 2 ** 20).toFixed(0)} MiB at most, ${(1e9 * secondsPerCell).toFixed(1)} ns a cell`;

/** A process of its own, of which the largest memory is known. */
function workOnce(args: Arguments, folder: string, name: string, plan: string): Measured {
  const path = join(folder, `${name}.plan`);
  writeResult(path, plan);
  // The inputs as they were typed.
  const typed = args.argv.filter((word, i) => {
    const of = word.startsWith('--') ? word : (args.argv[i - 1] ?? '');
    return /^--(input|input-hex|input-u64|sp1-stdin|sp1-version|chunk-entries)(=|$)/.test(of);
  });
  const line = ['work', path, args.program, ...typed, '--store', join(folder, name), '--workers', '1', '--json', '-q'];
  const { stdout, stderr } = spawnSync(process.execPath, [process.argv[1]!, ...line], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  let worked: Worked;
  try {
    worked = JSON.parse(stdout) as Worked;
  } catch (cause) {
    throw new JitExecError('ENVIRONMENT', `calibrate: work ended without a report: ${stderr.trim()}`, { cause });
  }
  const { shards, peakBytes } = worked;
  const place = shardBytes({ ...DEFAULT_CALIBRATION, bytesPerCell: 0 }, 0);
  const sum = (of: 'cells' | 'seconds'): number => shards.reduce((all, shard) => all + shard[of], 0);
  return {
    cells: Math.max(...shards.map(({ cells }) => cells)),
    bytesPerCell: Math.max(0, ...shards.map(shard => (shard.peakBytes - place) / shard.cells)),
    peakBytes,
    secondsPerCell: sum('seconds') / sum('cells'),
  };
}

/** Nothing that was measured is above it. */
function fitted(measured: readonly Measured[], program: string): Calibration {
  const bytesPerCell = Math.max(...measured.map(one => one.bytesPerCell), 1);
  const baseBytes = Math.max(...measured.map(({ peakBytes, cells }) => peakBytes - bytesPerCell * cells));
  const cells = measured.map(one => one.cells);
  const [cpu] = cpus();
  return {
    source: `plan --calibrate ${program.split(/[\\/]/).at(-1)}, shards of ${Math.min(...cells)} to ${Math.max(...cells)} cells, jit-exec ${VERSION}, Node ${process.versions.node}, ${availableParallelism()} cores of ${cpu?.model.trim() ?? 'a processor'}`,
    baseBytes: Math.ceil(Math.max(baseBytes, 1)),
    bytesPerCell: Number(bytesPerCell.toFixed(3)),
    bytesPerEntry: BYTES_PER_ENTRY,
    usable: DEFAULT_CALIBRATION.usable,
    secondsPerCell: Number(Math.max(...measured.map(one => one.secondsPerCell)).toPrecision(3)),
  };
}
