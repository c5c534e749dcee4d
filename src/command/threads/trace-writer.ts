// A thread that takes chunks from the ring, hashes them and writes them to files.

import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { ChunkRing, RingFailure, type RingHandle } from '../../../runtime/trace/ring.ts';
import { type IndexedChunk, isWriteError } from '../verbs/trace/trace-directory.ts';
import { writeChunk } from './files/chunk-file.ts';
import { messageOf } from './guest/guest-outcome.ts';

export interface WriterRequest {
  readonly ring: RingHandle;
  readonly directory: string;
  readonly layout: ChunkLayout;
}

export type WriterMessage =
  | { readonly kind: 'chunk'; readonly chunk: IndexedChunk }
  /** Nothing more comes; `stopped` where the other side gave up. */
  | { readonly kind: 'end' | 'stopped' }
  | { readonly kind: 'unwritable'; readonly message: string }
  | { readonly kind: 'bug'; readonly stack: string };

const post = (message: WriterMessage): void => parentPort!.postMessage(message);

function main(request: WriterRequest): WriterMessage {
  const ring = new ChunkRing(request.ring);
  try {
    for (let claimed = ring.claim(); claimed !== undefined; claimed = ring.claim()) {
      const { directory, layout } = request;
      post({ kind: 'chunk', chunk: writeChunk(directory, claimed.sequence, claimed.bytes, layout) });
      ring.release(claimed);
    }
    return { kind: 'end' };
  } catch (error) {
    if (error instanceof RingFailure) return { kind: 'stopped' };
    ring.fail('a chunk could not be written');
    if (isWriteError(error)) return { kind: 'unwritable', message: error.message };
    const message = messageOf(error);
    return { kind: 'bug', stack: message.kind === 'bug' ? message.stack : message.message };
  }
}

post(main(workerData as WriterRequest));
