// The thread that a guest runs in, so that the main thread stays free for signals and timers.

import { parentPort } from 'node:worker_threads';
import { execute } from '../../execute.ts';
import { outcomeOf, type RunRequest } from './guest-outcome.ts';

parentPort!.once('message', (request: RunRequest) => {
  parentPort!.postMessage(outcomeOf(request, options => execute(request.bytes, options)));
});
