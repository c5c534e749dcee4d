// The thread of a guest that is traced: writes chunks into the slots of a ring in its arena.

import { parentPort } from 'node:worker_threads';
import { ChunkRing, type RingHandle } from '../../../runtime/trace/ring.ts';
import { traceInto } from '../../verbs/trace.ts';
import { outcomeOf, type RunRequest } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';
import { savedCode } from './guest/saved-code.ts';

export interface TraceRequest extends RunRequest {
  readonly chunkEntries: number;
  /** Bytes of memory that the run may take. */
  readonly availableBytes: number;
}

/** Sent when the slots exist and before the first chunk. */
export interface RingMessage {
  readonly kind: 'ring';
  readonly handle: RingHandle;
}

async function run(request: TraceRequest): Promise<void> {
  await registerWrittenInterpreters();
  let ring: ChunkRing | undefined;
  const { chunkEntries, availableBytes } = request;
  const outcome = outcomeOf(request, options =>
    traceInto(request.bytes, { ...options, ...savedCode(request), chunkEntries, availableBytes }, slots => {
      ring = ChunkRing.create(slots);
      parentPort!.postMessage({ kind: 'ring', handle: ring.handle } satisfies RingMessage);
      return ring;
    }),
  );
  if (outcome.kind === 'done') ring?.finish();
  else ring?.fail('the guest could not be run to its end');
  parentPort!.postMessage(outcome);
}

parentPort!.once('message', run);
