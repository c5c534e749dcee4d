// A thread that takes chunks from the ring and does as little with them as it is told.

import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { ENTRY_BYTES } from '../runtime/layout.ts';
import { CHUNK_HEADER_BYTES } from '../runtime/trace/chunk-layout.ts';
import { ChunkRing, type RingHandle } from '../runtime/trace/ring.ts';
import { threadSeconds } from './thread-time.ts';

/** Releases each chunk at once, adds up its 32-bit words, or hashes it. */
export type Consumer = 'released' | 'summed' | 'hashed';

export interface ConsumerRequest {
  readonly ring: RingHandle;
  readonly consumer: Consumer;
  /** Word 0 becomes 1 when the thread runs. */
  readonly ready: Int32Array;
}

export interface Consumed {
  readonly bytes: number;
  /** Processor time with a chunk in hand, in seconds. */
  readonly busy: number;
  /** Of all bytes: the sum modulo 2^32, or SHA-256 in hex. */
  readonly checksum: string;
}

/** Words: V8 optimises a function that is called often better than a loop that runs long. */
const PIECE = 4096;

function sumOf(words: Int32Array, from: number, to: number, sum: number): number {
  let all = sum;
  for (let i = from; i < to; i++) all = (all + words[i]!) | 0;
  return all;
}

function makeChecksum(consumer: Consumer): { add: (bytes: Uint8Array) => void; text: () => string } {
  if (consumer === 'released') return { add: () => {}, text: () => '' };
  if (consumer === 'hashed') {
    const hash = createHash('sha256');
    return { add: bytes => void hash.update(bytes), text: () => hash.digest('hex') };
  }
  let sum = 0;
  return {
    add({ buffer, byteOffset, length }) {
      const words = new Int32Array(buffer, byteOffset, length / 4);
      for (let from = 0; from < words.length; from += PIECE) {
        sum = sumOf(words, from, Math.min(from + PIECE, words.length), sum);
      }
    },
    text: () => (sum >>> 0).toString(16),
  };
}

function consume({ ring: handle, consumer, ready }: ConsumerRequest): Consumed {
  const ring = new ChunkRing(handle);
  const checksum = makeChecksum(consumer);
  Atomics.store(ready, 0, 1);
  Atomics.notify(ready, 0);
  let [bytes, busy] = [0, 0];
  for (let claimed = ring.claim(); claimed !== undefined; claimed = ring.claim()) {
    const start = threadSeconds();
    const size = CHUNK_HEADER_BYTES['6.4'] + ENTRY_BYTES * claimed.entries;
    checksum.add(claimed.bytes.subarray(0, size));
    bytes += size;
    ring.release(claimed);
    busy += threadSeconds() - start;
  }
  return { bytes, busy, checksum: checksum.text() };
}

parentPort!.postMessage(consume(workerData as ConsumerRequest));
