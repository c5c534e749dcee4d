import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkRing, RingFailure } from '../../../runtime/trace/ring.ts';
import type { Seen, Side } from './ring-worker.ts';

const script = buildSync({
  entryPoints: [fileURLToPath(new URL('./ring-worker.ts', import.meta.url))],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
}).outputFiles[0]!.text;

const SLOT_BYTES = 64;

function makeRing(count: number): ChunkRing {
  const offset = 128;
  return ChunkRing.create({
    buffer: new SharedArrayBuffer(offset + count * SLOT_BYTES),
    offset,
    bytes: SLOT_BYTES,
    count,
  });
}

interface Result {
  readonly seen?: Seen[];
  readonly error?: string;
  readonly exit?: number;
}

/** Runs one side to its end; its owner tells the ring when it dies without a word. */
function start(ring: ChunkRing, side: Partial<Side> & Pick<Side, 'role'>): Promise<Result> {
  const workerData: Side = { handle: ring.handle, chunks: 0, hold: 1, seed: 1, ...side };
  const worker = new Worker(script, { eval: true, workerData });
  return new Promise(resolve => {
    worker.on('message', resolve);
    worker.on('exit', exit => {
      if (exit !== 0) ring.fail(`a ${side.role} ended with ${exit}`);
      resolve({ exit });
    });
  });
}

describe('a ring between threads', () => {
  test('hands each chunk to one consumer, whole, whatever they hold and in which order they release', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.record({ hold: fc.integer({ min: 1, max: 4 }), seed: fc.nat() }), { minLength: 1, maxLength: 3 }),
        async (slots, chunks, consumers) => {
          const ring = makeRing(slots);
          const results = await Promise.all([
            start(ring, { role: 'producer', chunks }),
            ...consumers.map(({ hold, seed }) => start(ring, { role: 'consumer', hold, seed })),
          ]);
          expect(results.filter(result => result.seen === undefined)).toEqual([]);
          const seen = results.flatMap(result => result.seen!).sort((a, b) => a.sequence - b.sequence);
          expect(seen).toEqual(
            Array.from({ length: chunks }, (_, i) => ({ sequence: i, entries: 3 * i, intact: true })),
          );
          expect(ring.published).toBe(chunks);
        },
      ),
      { numRuns: 12 },
    );
  });

  test.each(['throws', 'exits'] as const)('tells the producer of a consumer that %s', async how => {
    const ring = makeRing(2);
    const [producer] = await Promise.all([
      start(ring, { role: 'producer', chunks: 1000 }),
      start(ring, { role: 'consumer', dies: { after: 3, how } }),
    ]);
    expect(producer.error).toBe(
      how === 'throws' ? 'chunk ring: consumer: as the test wants' : 'chunk ring: a consumer ended with 7',
    );
  });

  test.each(['throws', 'exits'] as const)('tells every consumer of a producer that %s', async how => {
    const ring = makeRing(3);
    const [, ...consumers] = await Promise.all([
      start(ring, { role: 'producer', chunks: 10, dies: { after: 5, how } }),
      start(ring, { role: 'consumer', hold: 2 }),
      start(ring, { role: 'consumer' }),
    ]);
    for (const { error } of consumers)
      expect(error).toMatch(/^chunk ring: (producer: as the test|a producer ended with 7)/);
  });

  test('makes the producer wait while all slots are taken, and counts how long', async () => {
    const ring = makeRing(1);
    const producer = start(ring, { role: 'producer', chunks: 2 });
    const first = (await ring.claimAsync())!;
    await new Promise(resolve => setTimeout(resolve, 60));
    expect(ring.published).toBe(1);
    expect(ring.tryClaim()).toBe('none');
    ring.release(first);
    const second = (await ring.claimAsync())!;
    expect([first.sequence, second.sequence]).toEqual([0, 1]);
    expect(ring.waitedMilliseconds).toBeGreaterThanOrEqual(40);
    ring.release(second);
    expect(await ring.claimAsync()).toBeUndefined();
    expect((await producer).seen).toEqual([]);
  });
});

describe('a ring in one thread', () => {
  test('gives the oldest chunk first and reuses slots that were released out of order', () => {
    const ring = makeRing(3);
    for (let i = 0; i < 3; i++) ring.publish(ring.acquire(), i);
    const [a, b, c] = [ring.claim()!, ring.claim()!, ring.claim()!];
    expect([a, b, c].map(chunk => chunk.sequence)).toEqual([0, 1, 2]);
    ring.release(b);
    expect(ring.acquire()).toBe(ring.handle.offset + b.slot * SLOT_BYTES);
    ring.release(a);
    ring.release(c);
  });

  test('refuses to release twice or to publish what was not acquired', () => {
    const ring = makeRing(1);
    expect(() => ring.publish(ring.handle.offset, 0)).toThrow('bug in jit-exec');
    ring.publish(ring.acquire(), 0);
    const chunk = ring.claim()!;
    ring.release(chunk);
    expect(() => ring.release(chunk)).toThrow('bug in jit-exec');
  });

  test('keeps the first reason of several failures, also after the end', () => {
    const ring = makeRing(1);
    expect(ring.failure).toBeUndefined();
    ring.finish();
    expect(ring.claim()).toBeUndefined();
    ring.fail('first ✗');
    ring.fail('second');
    expect(ring.failure).toBe('first ✗');
    expect(() => ring.acquire()).toThrow(RingFailure);
    expect(() => new ChunkRing(structuredClone(ring.handle)).claim()).toThrow('chunk ring: first ✗');
  });

  test('has a handle of plain values', () => {
    const { handle } = makeRing(2);
    expect(Object.getPrototypeOf(handle)).toBe(Object.prototype);
  });
});
