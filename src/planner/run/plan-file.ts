// A plan of a run as a file: JSON, of which a reader checks every field that it uses.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import type { Budgets, Calibration } from './budget.ts';
import { calibrationIn } from './calibration.ts';
import { mostEntries, type RunPlan } from './plan-run.ts';
import type { ProfiledRun, RunProfile } from './run-profile.ts';

export const PLAN_KIND = 'run plan';

/** The object of `plan --json`, which `-o` writes. */
export function runPlanJson(
  version: string,
  {
    profile,
    run,
    plan,
    budgets,
    calibration,
  }: {
    readonly profile: RunProfile;
    readonly run: ProfiledRun;
    readonly plan: RunPlan;
    readonly budgets: Budgets & { readonly shards?: number | undefined };
    readonly calibration: Calibration;
  },
): object {
  const { shards, kept, others, cellCap, tree, fold, folds, foldDepth, cuts } = plan;
  const tapeAt = (index: number): string => hexOf(run.slices[(cuts[index + 1] ?? run.slices.length) - 1]!.tape);
  return {
    schema: 1,
    version,
    kind: PLAN_KIND,
    machine: profile.machine,
    program: { sha256: hexOf(profile.program) },
    inputs: run.inputs.map(({ bytes, sha256 }) => ({ bytes, sha256: hexOf(sha256) })),
    config: profile.config,
    exit: run.exit,
    instructions: run.instructions,
    budgets,
    calibration,
    cellCap: Number.isFinite(cellCap) ? cellCap : undefined,
    entries: mostEntries(run),
    words: shards.reduce((sum, { touched, imported }) => sum + touched - imported, 0),
    shards: shards.map(({ pcStart, chips, ...shard }, i) => ({
      ...shard,
      pcStart: `0x${pcStart.toString(16)}`,
      chips,
      tape: tapeAt(i),
      isKept: i < kept,
    })),
    others: others.map(({ code, ...other }) => ({
      ...other,
      ...(code === undefined ? {} : { code: `0x${code.toString(16)}` }),
    })),
    tree,
    fold,
    folds,
    foldDepth,
  };
}

/** What running a plan needs of it. */
export interface ReadRunPlan {
  readonly program: string;
  readonly inputs: readonly string[];
  readonly config: string;
  /** By which memory was predicted. */
  readonly calibration: Calibration;
  /** Entries of the largest chunk; distinct words that the run accesses. */
  readonly entries: number;
  readonly words: number;
  readonly shards: readonly {
    readonly index: number;
    readonly clkStart: number;
    readonly clkEnd: number;
    readonly cells: number;
    readonly peakBytes: number;
    readonly tape: string;
  }[];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isDigest = (value: unknown): value is string => /^[\da-f]{64}$/.test(String(value));

/** @throws PLAN_INVALID. */
export function readRunPlan(text: string, name: string): ReadRunPlan {
  const invalid = (expected: string, got: unknown): JitExecError =>
    new JitExecError('PLAN_INVALID', `plan: expected ${expected}, got ${shown(got)} in ${name}`);
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw invalid('JSON', (error as Error).message);
  }
  if (value?.kind !== PLAN_KIND) throw invalid(`a ${PLAN_KIND}`, value?.kind);
  if (value.schema !== 1) throw invalid('schema 1', value.schema);
  const program = (value.program as { sha256?: unknown } | undefined)?.sha256;
  if (!isDigest(program)) throw invalid('the digest of a program', program);
  if (typeof value.config !== 'string') throw invalid('a config', value.config);
  const list = (field: string): Readonly<Record<string, unknown>>[] => {
    const found = value[field];
    if (!Array.isArray(found) || found.some(one => typeof one !== 'object' || one === null))
      throw invalid(`a list of ${field}`, found);
    return found;
  };
  const inputs = list('inputs').map(input => {
    if (!isDigest(input.sha256)) throw invalid('the digest of an input', input.sha256);
    return input.sha256;
  });
  let end: number | undefined;
  const shards = list('shards').map((shard, index) => {
    const { clkStart, clkEnd, cells, peakBytes, tape } = shard;
    for (const [field, count] of Object.entries({ clkStart, clkEnd, cells, peakBytes }))
      if (!isCount(count)) throw invalid(`${field} of shard ${index}`, count);
    if (shard.index !== index) throw invalid(`shard ${index}`, shard.index);
    if (!isDigest(tape)) throw invalid(`the tape of shard ${index}`, tape);
    const [start, stop] = [clkStart, clkEnd] as [number, number];
    if (start !== (end ?? start) || stop <= start) throw invalid(`shard ${index} from clk ${end ?? start} on`, start);
    end = stop;
    return { index, clkStart: start, clkEnd: stop, cells: cells as number, peakBytes: peakBytes as number, tape };
  });
  if (shards.length === 0) throw invalid('shards', 'none');
  const calibration = calibrationIn(value.calibration, name);
  const { entries, words } = value;
  if (!isCount(entries) || !isCount(words)) throw invalid('entries and words of the run', [entries, words]);
  return { program, inputs, config: value.config, calibration, entries, words, shards };
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

/** @throws PLAN_INVALID where the plan is of another program, other inputs or another way to cut chunks. */
export function checkPlanIsOf(
  plan: ReadRunPlan,
  own: { readonly program: string; readonly inputs: readonly string[]; readonly config: string },
  name: string,
): void {
  const pairs = [
    ['program', plan.program, own.program],
    ['inputs', plan.inputs.join(' '), own.inputs.join(' ')],
    ['config', plan.config, own.config],
  ] as const;
  for (const [what, planned, given] of pairs) {
    if (planned === given) continue;
    throw new JitExecError(
      'PLAN_INVALID',
      `plan: it is not of this run: expected ${what} ${planned}, got ${given} for ${name}`,
    );
  }
}
