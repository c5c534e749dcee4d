// The thread of a guest of OpenVM whose segments are recorded, for other threads to make.

import { parentPort } from 'node:worker_threads';
import { Bell } from '../../../runtime/trace/bell.ts';
import { runIntoSegments, type SegmentGuestOptions } from '../../machine/openvm/pipeline/guest.node.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';

export interface SegmentGuestRequest extends RunRequest {
  readonly bell: SharedArrayBuffer;
  readonly segments: Pick<
    SegmentGuestOptions,
    'openvmVersion' | 'limits' | 'checkEvery' | 'seats' | 'makes' | 'records' | 'onlySegment'
  >;
}

parentPort!.once('message', async (request: SegmentGuestRequest) => {
  await registerWrittenInterpreters();
  const { bytes, bell, segments } = request;
  const outcome = outcomeOf(request, options =>
    runIntoSegments(bytes, { ...options, ...segments }, new Bell(bell), (message, transfer = []) => {
      parentPort!.postMessage(message, transfer);
    }),
  );
  parentPort!.postMessage(outcome);
});
