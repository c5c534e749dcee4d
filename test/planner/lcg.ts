// Batch profiles by rules that upstream's vectors were made with.

import { type BatchProfile, ProfileBuilder, type RecordedCost } from '../../src/planner/batch/profile.ts';

export const sameBytes = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

export const numbered = (id: number): Uint8Array => {
  const address = new Uint8Array(32);
  new DataView(address.buffer).setUint32(0, id, false);
  return address;
};

/** x ← x·1664525 + 1013904223 mod 2^32; a draw is the upper 24 bits. */
export function lcg(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x >>> 8;
  };
}

export function randomProfile(seed: number, blocks: number, edges: number): BatchProfile {
  const draw = lcg(seed);
  const builder = new ProfileBuilder();
  for (let i = 0; i < blocks; i++) {
    const heartbeats = BigInt(50 + (draw() % 200));
    builder.add(numbered(i + 1), { heartbeats, size: 100 + (draw() % 900) });
  }
  for (let i = 0; i < edges; i++) {
    const consumer = draw() % blocks;
    builder.addEdge(numbered(consumer + 1), numbered((draw() % blocks) + 1));
  }
  return builder.profile(1);
}

/** Blocks 1 … n, each the same, with edges from consumer to producer. */
export function profileOf(
  blocks: readonly RecordedCost[],
  edges: readonly (readonly [number, number])[],
  version: 1 | 2 = 1,
): BatchProfile {
  const builder = new ProfileBuilder();
  for (const [i, block] of blocks.entries()) builder.add(sameBytes(i + 1), block);
  for (const [consumer, producer] of edges) builder.addEdge(sameBytes(consumer), sameBytes(producer));
  return builder.profile(version);
}

export function fnv1a(bytes: Iterable<number>): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
