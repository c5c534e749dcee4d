// A thread that takes chunks from the ring and does as little with them as it is told.

import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { CHUNK_HEADER_BYTES } from '../runtime/chunk-layout.ts';
import { ENTRY_BYTES } from '../runtime/layout.ts';
import { ChunkRing, type RingHandle } from '../runtime/ring.ts';

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
  /** Seconds with a chunk in hand. */
  readonly busy: number;
  /** Of all bytes: the sum modulo 2^32, or SHA-256 in hex. */
  readonly checksum: string;
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
      for (let i = 0; i < words.length; i++) sum = (sum + words[i]!) | 0;
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
    const start = performance.now();
    const size = CHUNK_HEADER_BYTES['6.4'] + ENTRY_BYTES * claimed.entries;
    checksum.add(claimed.bytes.subarray(0, size));
    bytes += size;
    ring.release(claimed);
    busy += (performance.now() - start) / 1000;
  }
  return { bytes, busy, checksum: checksum.text() };
}

parentPort!.postMessage(consume(workerData as ConsumerRequest));
