// The thread of a guest whose plan is run: it gives a job for each shard, and waits while too many are not done.

import { parentPort } from 'node:worker_threads';
import type { Calibration } from '../../planner/run/budget.ts';
import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import type { RunCuts } from '../../planner/store/run-artefacts.ts';
import type { ShardSpec } from '../../planner/work/job-spec.ts';
import type { TraceData } from '../../verbs/trace.ts';
import { type FoundShard, work } from '../../verbs/work.ts';
import { VERSION } from '../../version.ts';
import { type KeptRun, runArtefacts } from '../work/kept-run.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';
import { isStopped } from './guest/stop-words.ts';

export interface WorkRequest extends RunRequest, KeptRun {
  readonly plan: ReadRunPlan;
  readonly cuts: RunCuts;
  readonly calibration: Calibration;
  readonly nonce: string;
  readonly chunkEntries: number;
  readonly onlyShard: number | undefined;
  /** Word 0: jobs that are not done; word 1: how many may be. */
  readonly pending: Int32Array;
}

export interface WorkMessage {
  readonly kind: 'found';
  readonly found: FoundShard;
  /** Absent where the artefact is there. */
  readonly job: ShardSpec | undefined;
}

/** Between two looks at whether the run was stopped. */
const LOOK_MILLISECONDS = 200;

parentPort!.once('message', async (request: WorkRequest) => {
  await registerWrittenInterpreters();
  const { bytes, plan, cuts, calibration, nonce, chunkEntries, onlyShard, pending, interrupt } = request;
  const onShard = (found: FoundShard, job: ShardSpec | undefined): void => {
    parentPort!.postMessage({ kind: 'found', found, job } satisfies WorkMessage);
    if (job === undefined) return;
    Atomics.add(pending, 0, 1);
    for (let count = Atomics.load(pending, 0); count >= pending[1]! && !isStopped(interrupt); ) {
      Atomics.wait(pending, 0, count, LOOK_MILLISECONDS);
      count = Atomics.load(pending, 0);
    }
  };
  parentPort!.postMessage(
    outcomeOf<TraceData>(request, options =>
      work(bytes, {
        ...{ ...options, plan, cuts, calibration, nonce, chunkEntries, onlyShard, onShard, version: VERSION },
        artefacts: runArtefacts(request),
      }),
    ),
  );
});
