// The thread of a guest whose shards are found or made by other threads.

import { parentPort } from 'node:worker_threads';
import { Bell } from '../../../runtime/trace/bell.ts';
import { runIntoPipeline } from '../../machine/sp1/pipeline/threads/guest.node.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';
import { savedCode } from './guest/saved-code.ts';

export interface ShardRequest extends RunRequest {
  readonly chunkEntries: number;
  readonly bell: SharedArrayBuffer;
}

export interface ShardGuestRequest extends ShardRequest {
  /** Of the ring. */
  readonly slots: number;
}

async function run(request: ShardGuestRequest): Promise<void> {
  await registerWrittenInterpreters();
  const { bytes, chunkEntries, slots, bell } = request;
  const outcome = outcomeOf(request, options =>
    runIntoPipeline(
      bytes,
      { ...options, ...savedCode(request), chunkEntries, slots },
      new Bell(bell),
      (message, transfer = []) => {
        parentPort!.postMessage(message, transfer);
      },
    ),
  );
  parentPort!.postMessage(outcome);
}

parentPort!.once('message', run);
