// The thread of a guest whose run is metered.

import { parentPort } from 'node:worker_threads';
import { type PlanOptions, plan } from '../../verbs/plan.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';

export interface PlanRequest extends RunRequest {
  readonly plan: Pick<PlanOptions, 'openvmVersion' | 'limits' | 'checkEvery'>;
}

parentPort!.once('message', async (request: PlanRequest) => {
  await registerWrittenInterpreters();
  parentPort!.postMessage(outcomeOf(request, options => plan(request.bytes, { ...options, ...request.plan })));
});
