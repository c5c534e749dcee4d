// The thread that a guest runs in, so that the main thread stays free for signals and timers.

import { parentPort, workerData } from 'node:worker_threads';
import { execute } from '../execute.ts';
import { outcomeOf, type RunRequest } from './guest-outcome.ts';

const request = workerData as RunRequest;
parentPort!.postMessage(outcomeOf(request, options => execute(request.bytes, options)));
