// A thread that does jobs of a store, one after the other.

import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorCode } from '../../../runtime/errors.ts';
import { type Allowance, JobDoer } from '../../machine/sp1/jobs/job-doer.ts';
import type { JobOutcome, JobSpec } from '../../planner/work/job-spec.ts';
import { VERSION } from '../../version.ts';
import { openStore } from '../work/kept-run.ts';
import { digestOf } from './files/column-digests.ts';
import { messageOf } from './guest/guest-outcome.ts';

export interface JobRequest {
  readonly spec: JobSpec;
  readonly allowance: Allowance;
}

export type JobReply =
  | { readonly kind: 'outcome'; readonly outcome: JobOutcome }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'io'; readonly code: string; readonly message: string }
  | { readonly kind: 'bug'; readonly stack: string };

const doer = new JobDoer(openStore(workerData as string), VERSION, digestOf, () => performance.now() / 1000);

parentPort!.on('message', ({ spec, allowance }: JobRequest) => {
  let reply: JobReply;
  try {
    reply = { kind: 'outcome', outcome: doer.do(spec, allowance) };
  } catch (error) {
    reply = messageOf(error);
  }
  parentPort!.postMessage(reply);
});
