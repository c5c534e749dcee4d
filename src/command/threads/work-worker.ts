// The thread of a guest whose plan is run.

import { parentPort } from 'node:worker_threads';
import type { HashName } from '../../planner/fold/hash.ts';
import type { ReadRunPlan } from '../../planner/run/plan-file.ts';
import type { ShardFacts } from '../../planner/store/artefact.ts';
import { folderFiles } from '../../planner/store/folder.ts';
import { RunArtefacts } from '../../planner/store/run-artefacts.ts';
import { Store } from '../../planner/store/store.ts';
import type { TraceData } from '../../trace.ts';
import { VERSION } from '../../version.ts';
import { work } from '../../work.ts';
import { digestOf } from './column-digests.ts';
import { outcomeOf, type RunRequest } from './guest-outcome.ts';
import { registerWrittenInterpreters } from './host-interpreters.ts';

export interface WorkRequest extends RunRequest {
  readonly plan: ReadRunPlan;
  readonly store: string;
  readonly hash: HashName;
  readonly chunkEntries: number;
  readonly onlyShard: number | undefined;
}

export interface WorkMessage {
  readonly kind: 'artefact';
  readonly facts: ShardFacts;
  readonly isReused: boolean;
}

parentPort!.once('message', async (request: WorkRequest) => {
  await registerWrittenInterpreters();
  const { bytes, plan, store, hash, chunkEntries, onlyShard } = request;
  const artefacts = new RunArtefacts(new Store(folderFiles(store), `${process.pid}`), plan, VERSION, hash);
  parentPort!.postMessage(
    outcomeOf<TraceData>(request, options =>
      work(bytes, {
        ...options,
        plan,
        artefacts,
        hash,
        chunkEntries,
        onlyShard,
        digestOf: columns => digestOf(columns).toString('hex'),
        onArtefact: (facts, isReused) =>
          parentPort!.postMessage({ kind: 'artefact', facts, isReused } satisfies WorkMessage),
      }),
    ),
  );
});
