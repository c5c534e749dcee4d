// A thread that takes chunks from the ring, hashes them, writes them to files and cuts them into shards where these are wanted.

import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

import { JitExecError } from '../../../runtime/errors.ts';
import { headerOf, relayout, TraceChunk } from '../../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { ChunkRing, type ClaimedChunk, RingFailure, type RingHandle } from '../../../runtime/trace/ring.ts';
import type { ShardThresholds } from '../../machine/sp1/records/shape.ts';
import type { SplicedChunk, Splicer } from '../../machine/sp1/records/splicer.ts';

import { chunkFile, type IndexedChunk, isWriteError, writeWhole } from '../verbs/trace-directory.ts';
import { messageOf } from './guest-outcome.ts';

export interface WriterRequest {
  readonly ring: RingHandle;
  readonly directory: string;
  readonly layout: ChunkLayout;
  /** The program and where its shards end; undefined where there will be none. */
  readonly shards:
    | { readonly bytes: Uint8Array; readonly name: string; readonly thresholds: ShardThresholds }
    | undefined;
}

export type WriterMessage =
  | { readonly kind: 'chunk'; readonly chunk: IndexedChunk; readonly spliced: SplicedChunk | string | undefined }
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

async function makeSplicer({ shards }: WriterRequest): Promise<Splicer | undefined> {
  if (shards === undefined) return undefined;
  const { loadGuest } = await import('../../machine/guest.ts');
  const { Splicer } = await import('../../machine/sp1/records/splicer.ts');
  return new Splicer(loadGuest(shards.bytes, shards.name, 'sp1').program, shards.thresholds);
}

/** What the chunk makes of shards, or why it makes none: the last of a run that stopped may not be whole. */
function splice({ bytes, sequence }: ClaimedChunk, splicer: Splicer | undefined): SplicedChunk | string | undefined {
  if (splicer === undefined) return undefined;
  try {
    return splicer.splice(TraceChunk.fromRaw(bytes, '6.4', `chunk ${sequence}`));
  } catch (error) {
    if (error instanceof JitExecError && error.code === 'TRACE_INVALID') return error.message;
    throw error;
  }
}

async function main(request: WriterRequest): Promise<WriterMessage> {
  const splicer = await makeSplicer(request);
  const ring = new ChunkRing(request.ring);
  try {
    for (let claimed = ring.claim(); claimed !== undefined; claimed = ring.claim()) {
      // Before the chunk takes another layout, in place.
      const spliced = splice(claimed, splicer);
      post({ kind: 'chunk', chunk: write(claimed, request), spliced });
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

post(await main(workerData as WriterRequest));
