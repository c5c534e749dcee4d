// A thread of the library's pipeline: a shard stays in its place until the caller is done with it.

import { parentPort, workerData } from 'node:worker_threads';
import type { FilledShard } from '../sink.ts';
import type { WorkerData } from './protocol.ts';
import { serve } from './worker.node.ts';

/** What is told of a shard; its columns are views of the place's memory. */
export type HandedShard = Pick<FilledShard, 'publicValues' | 'unprovable' | 'columns'>;

serve(workerData as WorkerData, parentPort!, {
  isWhole: true,
  end: ({ publicValues, unprovable, columns }): HandedShard => ({ publicValues, unprovable, columns }),
});
