// `jit-exec plan` of a run of SP1: from its profile, or from the program, which is profiled for it.

import { readFileSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import { hexOf } from '../../../../runtime/hex.ts';
import { ramBudget } from '../../../../runtime/memory/host-memory.node.ts';
import { loadGuest } from '../../../machine/guest.ts';
import type { Fineness } from '../../../machine/sp1/profile/live-slicer.ts';
import type { HashName } from '../../../planner/fold/hash.ts';
import type { Calibration } from '../../../planner/run/budget.ts';
import { readCalibration } from '../../../planner/run/calibration.ts';
import { planPicture } from '../../../planner/run/picture.ts';
import { runPlanJson } from '../../../planner/run/plan-file.ts';
import { planRun, type RunPlan, type RunPlanOptions, SliceTooLarge } from '../../../planner/run/plan-run.ts';
import type { ProfiledRun, RunProfile } from '../../../planner/run/run-profile.ts';
import { readRunProfile } from '../../../planner/run/run-profile-file.ts';
import { ArtefactStore } from '../../../planner/store/artefact-store.ts';
import { coreKey } from '../../../planner/store/run-artefacts.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { jsonLine, printable, writeAll } from '../../output.ts';
import { statusOf } from '../../status.ts';
import { openStore } from '../../work/kept-run.ts';
import { writeResult } from '../write-result.ts';
import { DEFAULT_CALIBRATION } from './default-calibration.ts';
import { reportProver } from './plan-prover.ts';
import { profileGuest } from './profile-guest.ts';

/** How much finer slices are made where one is over a budget. */
const FINER = 16;

type Named = (pc: number) => string;

function calibrationOf(args: Arguments): Calibration {
  const path = args.calibration as string | undefined;
  if (path === undefined) return DEFAULT_CALIBRATION;
  try {
    return readCalibration(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof JitExecError) throw error;
    throw new JitExecError('FILE_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function optionsOf(args: Arguments): RunPlanOptions {
  const { shards, ram } = args as Readonly<Record<string, number | undefined>>;
  const [cycles, area, gpuMemory] = ['shard-cycles', 'shard-area', 'gpu-memory'].map(
    name => args[name] as number | undefined,
  );
  const isGiven = [shards, ram, cycles, area, gpuMemory].some(budget => budget !== undefined);
  return {
    shards,
    cycles,
    area,
    ram: isGiven ? ram : ramBudget(ram),
    gpuMemory,
    workers: args.workers as number | undefined,
    elementThreshold: args['element-threshold'] as number,
    heightThreshold: args['height-threshold'] as number,
    arity: args['agg-arity'] as number | undefined,
    fold: args.fold as RunPlanOptions['fold'],
  };
}

/** What a store has that `work` made, for a plan that reuses it: each artefact is read and checked, as `work` will. */
function keptIn(args: Arguments, { program, config }: RunProfile): RunPlanOptions['isKept'] {
  if (args.store === undefined) return undefined;
  const kept = new ArtefactStore(openStore(args.store as string), args.hash as HashName);
  const base = { program: hexOf(program), config, hash: args.hash as HashName, version: VERSION };
  return ({ clkStart, clkEnd, tape }) =>
    kept.sound(coreKey(base, clkStart, clkEnd, tape), { kind: 'core', clkStart, clkEnd }) !== undefined;
}

/** Of a .jxprof. */
export function planProfile(args: Arguments, bytes: Uint8Array): number {
  const profile = readRunProfile(bytes, args.program);
  const options = { ...optionsOf(args), isKept: keptIn(args, profile) };
  const calibration = calibrationOf(args);
  if (profile.runs.length !== 1)
    throw new JitExecError(
      'USAGE',
      `plan: expected a profile of one run, got ${profile.runs.length} in ${args.program}`,
    );
  const [run] = profile.runs as [ProfiledRun];
  if (args.prover !== undefined) {
    reportProver(args, profile, run);
    return 0;
  }
  report(args, { profile, run, plan: planRun(profile, run, options, calibration), options, calibration }, () => '');
  return 0;
}

/** Of a program: where a slice is over a budget, it is run again with finer ones there, down to one instruction. */
export async function planProgram(args: Arguments, bytes: Uint8Array): Promise<number> {
  const options = optionsOf(args);
  const calibration = calibrationOf(args);
  const guest = loadGuest(bytes, args.program, 'sp1');
  const symbolOf: Named = pc => (guest.program.symbolAt(pc) === undefined ? '' : guest.program.describeAddress(pc));
  let made = await profileGuest(args, bytes);
  if (made.result.exit.kind !== 'halted' || made.profile.runs[0]!.slices.length === 0) {
    made.tell('');
    return statusOf(made.result.exit);
  }
  if (args.prover !== undefined) {
    reportProver(args, made.profile, made.profile.runs[0]!);
    made.tell(`${made.result.instructions} instructions`);
    return statusOf(made.result.exit);
  }
  for (;;) {
    const { profile } = made;
    const [run] = profile.runs as [ProfiledRun];
    try {
      const plan = planRun(profile, run, { ...options, isKept: keptIn(args, profile) }, calibration);
      report(args, { profile, run, plan, options, calibration }, symbolOf);
      made.tell(`${plan.shards.length} shards of ${run.instructions} instructions`);
      return statusOf(made.result.exit);
    } catch (error) {
      if (!(error instanceof SliceTooLarge)) throw error;
      made = await profileGuest({ ...args, quiet: true }, bytes, finerFor(run, error, symbolOf));
    }
  }
}

/** Sizes for another run: slices as they are, but those over a budget in pieces. @throws PLAN_INFEASIBLE where one is an instruction. */
function finerFor({ slices }: ProfiledRun, { slices: over, message }: SliceTooLarge, symbolOf: Named): Fineness[] {
  const isOver = new Set(over);
  return slices.map(({ clkStart, instructions, pcStart }, i) => {
    if (!isOver.has(i)) return { clk: clkStart, instructions };
    const symbol = symbolOf(pcStart);
    if (instructions === 1)
      throw new JitExecError('PLAN_INFEASIBLE', symbol === '' ? message : `${message} in ${symbol}`);
    return { clk: clkStart, instructions: Math.ceil(instructions / FINER) };
  });
}

interface Planned {
  readonly profile: RunProfile;
  readonly run: ProfiledRun;
  readonly plan: RunPlan;
  readonly options: RunPlanOptions;
  readonly calibration: Calibration;
}

function report(args: Arguments, planned: Planned, symbolOf: Named): void {
  const { profile, plan, options } = planned;
  const { isKept: _isKept, ...budgets } = options;
  const json = jsonLine(runPlanJson(VERSION, { ...planned, budgets }));
  const [output, picture] = [args.output, args.picture] as (string | undefined)[];
  if (output !== undefined) writeResult(output, json);
  if (picture !== undefined) {
    const columns = new Map(profile.chips.map(chip => [chip.name, chip.columns]));
    const svg = planPicture({ title: `${args.program}: ${plan.shards.length} shards`, ...plan, columns });
    const html = `<!doctype html><meta charset="utf-8"><title>plan</title>${svg}`;
    writeResult(picture, picture.endsWith('.html') ? html : svg);
  }
  writeAll(1, args.json ? json : printable(table(planned, symbolOf)));
}

/** What comes besides the core shards. */
function othersLine({ others }: RunPlan): string[] {
  if (others.length === 0) return [];
  const count = (of: string): number => others.filter(({ kind }) => kind === of).length;
  const cells = others.reduce((sum, other) => sum + other.cells, 0);
  const most = Math.max(...others.map(({ peakBytes }) => peakBytes)) / 2 ** 20;
  return [
    `besides: ${count('precompile')} shards of precompiles, ${count('memory')} of memory, ${cells} cells, at most ${most.toFixed(0)} MiB`,
  ];
}

const TITLES = ['shard', 'instructions', 'clk', 'cells', 'touched', 'imported', 'peak MiB', 'seconds'];

function table({ plan, options, calibration }: Planned, symbolOf: Named): string {
  const { ram, gpuMemory, cycles, area, shards } = options;
  const budgets = Object.entries({ ram, 'gpu-memory': gpuMemory, 'shard-cycles': cycles, 'shard-area': area, shards })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`);
  const lines = [
    `budget: ${budgets.join(', ')}${Number.isFinite(plan.cellCap) ? `; at most ${plan.cellCap} cells a shard` : ''}`,
    `calibration: ${calibration.source}`,
    TITLES.map(title => title.padStart(13)).join(''),
    ...plan.shards.map(shard => {
      const peak = (shard.peakBytes / 2 ** 20).toFixed(0);
      const numbers = [
        shard.index,
        shard.end - shard.start,
        shard.clkStart,
        shard.cells,
        shard.touched,
        shard.imported,
      ];
      const cells = [...numbers.map(String), peak, shard.seconds.toFixed(2)].map(text => text.padStart(13));
      return `${cells.join('')}  0x${shard.pcStart.toString(16)} ${symbolOf(shard.pcStart)}`.trimEnd();
    }),
    ...othersLine(plan),
    ...(plan.kept === 0 ? [] : [`the first ${plan.kept} are in the store`]),
    `${plan.shards.length} core shards, ${plan.folds} folds, at most ${plan.foldDepth} one behind the other`,
  ];
  return lines.map(line => `${line}\n`).join('');
}
