// The thread that a guest runs in, so that the main thread stays free for signals and timers.

import { parentPort } from 'node:worker_threads';
import { executeChecked } from '../../verbs/execute.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';
import { savedCode } from './guest/saved-code.ts';

parentPort!.once('message', async (request: RunRequest) => {
  await registerWrittenInterpreters();
  parentPort!.postMessage(
    outcomeOf(request, options => executeChecked(request.bytes, { ...options, ...savedCode(request) })),
  );
});
