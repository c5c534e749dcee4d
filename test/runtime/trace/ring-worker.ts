// One side of a ring in a thread of its own, for ring.test.ts.

import { parentPort, workerData } from 'node:worker_threads';
import { ChunkRing, type ClaimedChunk, type RingHandle } from '../../../runtime/trace/ring.ts';

export interface Side {
  readonly handle: RingHandle;
  readonly role: 'producer' | 'consumer';
  /** Chunks to publish. */
  readonly chunks: number;
  /** Slots that a consumer holds before it releases one of them. */
  readonly hold: number;
  readonly seed: number;
  /** After so many chunks: throw, or end without a word. */
  readonly dies?: { readonly after: number; readonly how: 'throws' | 'exits' };
}

export interface Seen {
  readonly sequence: number;
  readonly entries: number;
  readonly intact: boolean;
}

const side = workerData as Side;
const ring = new ChunkRing(side.handle);
const pause = new Int32Array(new SharedArrayBuffer(4));
let state = side.seed;

function random(below: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return (state >>> 8) % below;
}

function die(done: number): void {
  if (side.dies === undefined || done < side.dies.after) return;
  if (side.dies.how === 'exits') process.exit(7);
  throw new Error('as the test wants');
}

function produce(): Seen[] {
  for (let i = 0; i < side.chunks; i++) {
    die(i);
    const offset = ring.acquire();
    const bytes = new Uint8Array(side.handle.buffer, offset, side.handle.bytes);
    bytes.fill(i & 255);
    ring.publish(offset, i * 3);
  }
  ring.finish();
  return [];
}

function consume(): Seen[] {
  const seen: Seen[] = [];
  const held: ClaimedChunk[] = [];
  const releaseOne = (): void => {
    const [chunk] = held.splice(random(held.length), 1);
    // Still the chunk that was claimed: nobody may have written over it.
    const intact = chunk!.bytes.every(byte => byte === (chunk!.sequence & 255));
    seen.push({ sequence: chunk!.sequence, entries: chunk!.entries, intact });
    ring.release(chunk!);
  };
  for (;;) {
    die(seen.length);
    if (held.length >= side.hold) releaseOne();
    const claimed = held.length === 0 ? ring.claim() : ring.tryClaim();
    if (claimed === undefined) break;
    if (claimed === 'none') releaseOne();
    else held.push(claimed);
    if (random(4) === 0) Atomics.wait(pause, 0, 0, 1);
  }
  while (held.length > 0) releaseOne();
  return seen;
}

try {
  parentPort!.postMessage({ seen: side.role === 'producer' ? produce() : consume() });
} catch (error) {
  ring.fail(`${side.role}: ${(error as Error).message}`);
  parentPort!.postMessage({ error: (error as Error).message });
}
