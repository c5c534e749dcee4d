// Planned runs of guests, worked on in a store in memory.

import { hexOf } from '../../runtime/hex.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { JobDoer } from '../../src/machine/sp1/jobs/job-doer.ts';
import { imageMemory } from '../../src/machine/sp1/profile/image-memory.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../src/machine/sp1/records/cut/shape.ts';
import { HASHES } from '../../src/planner/fold/hash.ts';
import { type ReadRunPlan, readRunPlan, runPlanJson } from '../../src/planner/run/plan-file.ts';
import { planRun, type RunPlanOptions } from '../../src/planner/run/plan-run.ts';
import type { RunProfile } from '../../src/planner/run/run-profile.ts';
import type { Artefact } from '../../src/planner/store/artefact.ts';
import { ArtefactStore } from '../../src/planner/store/artefact-store.ts';
import { type FoldedRun, foldRun } from '../../src/planner/store/fold-run.ts';
import { coreKey, RunArtefacts, type RunCuts } from '../../src/planner/store/run-artefacts.ts';
import { Store } from '../../src/planner/store/store.ts';
import type { ShardSpec } from '../../src/planner/work/job-spec.ts';
import { profileRun } from '../../src/verbs/profile-run.ts';
import { work } from '../../src/verbs/work.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';
import { memoryFiles } from './memory-files.ts';

const LIMITS = { elementThreshold: DEFAULT_ELEMENT_THRESHOLD, heightThreshold: DEFAULT_HEIGHT_THRESHOLD };
export const CUTS: RunCuts = { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD };
const CALIBRATION = {
  source: 'test',
  baseBytes: 1,
  bytesPerCell: 8,
  workerBytes: 1,
  bytesPerEntry: 16,
  usable: 1,
  secondsPerCell: 1e-9,
};
const CHUNK = 2 ** 20;

export interface Case {
  readonly guest: string;
  readonly inputs: readonly Uint8Array[];
  readonly slice: number;
  /** Entries of a chunk, where other than usual. */
  readonly chunk?: number;
}

/** Of a profile, which shards are kept. */
export type Keeps = (profile: RunProfile) => NonNullable<RunPlanOptions['isKept']>;

/** Those that a store has. */
export const storeKeeps =
  (files: Map<string, Uint8Array>): Keeps =>
  profile => {
    const kept = new ArtefactStore(new Store(memoryFiles(files), 'test'), 'sha256');
    const base = { program: hexOf(profile.program), config: profile.config, hash: 'sha256', version: 'test' } as const;
    return ({ clkStart, clkEnd, tape }) =>
      kept.sound(coreKey(base, clkStart, clkEnd, tape), { kind: 'core', clkStart, clkEnd }) !== undefined;
  };

/** A plan that takes up what is kept. */
export function planKeeping(
  { guest, inputs, slice, chunk = CHUNK }: Case,
  keeps: Keeps,
): { readonly plan: ReadRunPlan; readonly kept: number } {
  const { profile } = profileRun(guestBytes(guest), { inputs, chunkEntries: chunk, slice });
  const [run] = profile.runs;
  const plan = planRun(profile, run!, { ...LIMITS, isKept: keeps(profile) }, CALIBRATION);
  const json = runPlanJson('test', { profile, run: run!, plan, budgets: LIMITS as object, calibration: CALIBRATION });
  return { plan: readRunPlan(JSON.stringify(json), 'plan'), kept: plan.kept };
}

export function plansOf({ guest, inputs, slice, chunk = CHUNK }: Case, counts: readonly number[]): ReadRunPlan[] {
  const { profile } = profileRun(guestBytes(guest), { inputs, chunkEntries: chunk, slice });
  const [run] = profile.runs;
  return counts.map(shards => {
    const budgets = { ...LIMITS, shards };
    const plan = planRun(profile, run!, budgets, CALIBRATION);
    const json = runPlanJson('test', { profile, run: run!, plan, budgets, calibration: CALIBRATION });
    return readRunPlan(JSON.stringify(json), 'plan');
  });
}

export interface Worked {
  readonly artefacts: readonly Artefact[];
  readonly folded: FoldedRun;
  readonly made: number;
  readonly pieces: number;
  /** Of the shard that took most memory. */
  readonly peakBytes: number;
}

export interface WorkedOptions {
  /** Of memory for a shard; one that takes more is cut. */
  readonly limitBytes?: number;
  readonly cuts?: RunCuts;
  /** Writes to the store before it is killed. */
  readonly steps?: number;
}

const NAMES = new TextEncoder();

export function workOn(
  { guest, inputs, chunk = CHUNK }: Case,
  plan: ReadRunPlan,
  files: Map<string, Uint8Array>,
  { limitBytes = Number.POSITIVE_INFINITY, cuts = CUTS, steps }: WorkedOptions = {},
): Worked {
  const store = new Store(memoryFiles(files, steps), 'test');
  const artefacts = new RunArtefacts(new ArtefactStore(store, 'sha256'), plan, 'test', cuts);
  const doer = new JobDoer(
    store,
    'test',
    ({ name, rows }) => HASHES.sha256(NAMES.encode(`${name} ${rows}`)),
    () => 0,
  );
  const specs: ShardSpec[] = [];
  work(guestBytes(guest), {
    ...{ inputs, plan, artefacts, cuts, calibration: CALIBRATION, chunkEntries: chunk, nonce: 'one', version: 'test' },
    onShard: (_, job) => void (job !== undefined && specs.push(job)),
  });
  let pieces = 0;
  let peakBytes = 0;
  for (const spec of specs) {
    const outcome = doer.do(spec, { limitBytes, isMost: true });
    if (outcome.kind === 'exceeded') throw new Error(`a shard needs ${outcome.needBytes} bytes`);
    pieces += outcome.pieces;
    peakBytes = Math.max(peakBytes, outcome.peakBytes);
  }
  const all = artefacts.all()!;
  const image = imageMemory(loadGuest(guestBytes(guest), guest, 'sp1').elf);
  return { artefacts: all, folded: foldRun(all, image, 4, 'sha256'), made: specs.length, pieces, peakBytes };
}

/** The bytes of the jobs of a run in one shard: one of each kind that it has. */
export function jobsOf(one: Case): { readonly files: readonly Uint8Array[] } {
  const files = new Map<string, Uint8Array>();
  const [plan] = plansOf(one, [1]);
  const store = new Store(memoryFiles(files), 'test');
  const artefacts = new RunArtefacts(new ArtefactStore(store, 'sha256'), plan!, 'test', CUTS);
  const jobs: Uint8Array[] = [];
  const { guest, inputs } = one;
  const of = { artefacts, cuts: CUTS, calibration: CALIBRATION, chunkEntries: CHUNK, nonce: 'one', version: 'test' };
  work(guestBytes(guest), {
    ...{ inputs, plan: plan!, ...of },
    onShard: (_, job) => void (job !== undefined && jobs.push(store.get(job.job)!)),
  });
  return { files: jobs };
}
