// Runs the guest of a plan for its jobs.

import type { TraceData } from '../../verbs/trace.ts';
import { runGuest } from '../threads/guest/guest-thread.ts';
import type { WorkMessage, WorkRequest } from '../threads/work-worker.ts';
import type { WorkSetup } from './work-setup.ts';

export interface JobsWanted {
  readonly pending: Int32Array;
  readonly progress: () => string;
  readonly onShard: (found: WorkMessage['found'], job: WorkMessage['job']) => void;
}

export async function runForJobs(setup: WorkSetup, wanted: JobsWanted): Promise<TraceData> {
  const { args, run, plan, store, hash, cuts, onlyShard } = setup;
  const request: WorkRequest = {
    ...run,
    ...{ plan, store, hash, cuts, onlyShard, pending: wanted.pending },
    calibration: plan.calibration,
    nonce: crypto.randomUUID(),
    chunkEntries: args['chunk-entries'] as number,
  };
  const { result } = await runGuest<TraceData>(new URL('./work-worker.js', import.meta.url), request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: () => `working on ${args.program}, ${wanted.progress()}`,
    onMessage: message => {
      const { found, job } = message as WorkMessage;
      wanted.onShard(found, job);
    },
  });
  return result;
}
