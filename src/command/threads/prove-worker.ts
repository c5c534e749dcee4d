// The thread that runs a guest and proves its segments; a crew of others computes with it.

import { parentPort } from 'node:worker_threads';
import { type ProveSettings, proveRun } from '../verbs/prove/prove-run.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';
import { isStopped, TIMED_OUT, whyStopped } from './guest/stop-words.ts';

export interface ProveRequest extends RunRequest {
  readonly prove: ProveSettings;
}

parentPort!.once('message', async (request: ProveRequest) => {
  await registerWrittenInterpreters();
  const { bytes, prove, interrupt } = request;
  const outcome = outcomeOf(request, options =>
    proveRun(bytes, options, prove, {
      isStopped: () => isStopped(interrupt),
      isLate: () => whyStopped(interrupt) === TIMED_OUT,
      tell: event => parentPort!.postMessage(event),
    }),
  );
  parentPort!.postMessage(outcome);
});
