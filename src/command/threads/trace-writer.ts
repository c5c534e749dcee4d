// A thread that takes chunks from the ring, hashes them and writes them to files.

import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { relayout } from '../../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { ChunkRing, type ClaimedChunk, RingFailure, type RingHandle } from '../../../runtime/trace/ring.ts';
import { headerOf } from '../../trace.ts';
import { chunkFile, type IndexedChunk, isWriteError, writeWhole } from '../verbs/trace-directory.ts';
import { messageOf } from './guest-outcome.ts';

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

function write({ bytes, entries, sequence }: ClaimedChunk, { directory, layout }: WriterRequest): IndexedChunk {
  const { pcStart, clkStart, clkEnd, globalClkEnd, numMemReads } = headerOf(bytes);
  const raw = relayout(bytes, entries, layout);
  const sha256 = createHash('sha256').update(raw).digest('hex');
  const file = chunkFile(sequence);
  writeWhole(directory, file, raw);
  return {
    index: sequence,
    file,
    bytes: raw.length,
    memReads: numMemReads,
    pcStart: `0x${pcStart.toString(16)}`,
    clkStart,
    clkEnd,
    globalClkEnd,
    sha256,
  };
}

function main(request: WriterRequest): WriterMessage {
  const ring = new ChunkRing(request.ring);
  try {
    for (let claimed = ring.claim(); claimed !== undefined; claimed = ring.claim()) {
      post({ kind: 'chunk', chunk: write(claimed, request) });
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
