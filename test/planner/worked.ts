// Planned runs of guests, worked on in a store in memory.

import { loadGuest } from '../../src/machine/guest.ts';
import { imageTuples } from '../../src/machine/sp1/profile/memory-claims.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../src/machine/sp1/records/shape.ts';
import { type ReadRunPlan, readRunPlan, runPlanJson } from '../../src/planner/run/plan-file.ts';
import { planRun } from '../../src/planner/run/plan-run.ts';
import type { Artefact } from '../../src/planner/store/artefact.ts';
import { type FoldedRun, foldRun } from '../../src/planner/store/fold-run.ts';
import { RunArtefacts } from '../../src/planner/store/run-artefacts.ts';
import { Store } from '../../src/planner/store/store.ts';
import { profileRun } from '../../src/profile-run.ts';
import { work } from '../../src/work.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';
import { memoryFiles } from './memory-files.ts';

const LIMITS = { elementThreshold: DEFAULT_ELEMENT_THRESHOLD, heightThreshold: DEFAULT_HEIGHT_THRESHOLD };
const CALIBRATION = {
  source: 'test',
  baseBytes: 1,
  bytesPerCell: 8,
  bytesPerEntry: 16,
  usable: 1,
  secondsPerCell: 1e-9,
};
const CHUNK = 2 ** 20;

export interface Case {
  readonly guest: string;
  readonly inputs: readonly Uint8Array[];
  readonly slice: number;
}

export function plansOf({ guest, inputs, slice }: Case, counts: readonly number[]): ReadRunPlan[] {
  const { profile } = profileRun(guestBytes(guest), { inputs, chunkEntries: CHUNK, slice });
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
}

export function workOn({ guest, inputs }: Case, plan: ReadRunPlan, files: Map<string, Uint8Array>): Worked {
  const artefacts = new RunArtefacts(new Store(memoryFiles(files), 'test'), plan, 'test', 'sha256');
  let made = 0;
  work(guestBytes(guest), {
    inputs,
    plan,
    artefacts,
    hash: 'sha256',
    chunkEntries: CHUNK,
    digestOf: ({ name }) => name,
    onArtefact: (_, isReused) => {
      if (!isReused) made++;
    },
  });
  const all = artefacts.all()!;
  const image = imageTuples(loadGuest(guestBytes(guest), guest, 'sp1').elf);
  return { artefacts: all, folded: foldRun(all, image, 4, 'sha256'), made };
}
