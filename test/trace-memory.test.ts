// Where memory is short a trace has fewer slots, and the same chunks.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { RingSlots } from '../runtime/trace/ring.ts';
import { traceInto } from '../src/verbs/trace.ts';

const MIB = 2 ** 20;
const guest = readFileSync('examples/guests/bin/fibonacci.sp1.elf');
const inputs = [new Uint8Array(BigUint64Array.of(200n).buffer)];

function traced(availableBytes: number | undefined, chunkEntries: number): { slots: number; chunks: string[] } {
  const chunks: string[] = [];
  let count = 0;
  const makeSink = ({ buffer, offset, bytes, count: slots }: RingSlots) => {
    count = slots;
    return {
      acquire: () => offset,
      publish: (at: number, entries: number) => {
        const raw = new Uint8Array(buffer, at, bytes).slice(0, 304 + 16 * entries);
        chunks.push(createHash('sha256').update(raw).digest('hex'));
      },
    };
  };
  const more = availableBytes === undefined ? {} : { availableBytes };
  traceInto(guest, { inputs, chunkEntries, ...more }, makeSink);
  return { slots: count, chunks };
}

it('takes as many slots as memory has room for, and cuts the same chunks', () => {
  const plenty = traced(undefined, 2 ** 20);
  expect(plenty.slots).toBeGreaterThan(2);
  for (const [available, slots] of [
    [192 + 17, 1],
    [192 + 35, 2],
    [100_000, plenty.slots],
  ] as const) {
    expect(traced(available * MIB, 2 ** 20)).toEqual({ slots, chunks: plenty.chunks });
  }
});

it.each([
  [
    2 ** 24,
    400,
    'chunks of 16777216 entries need 449 MiB of memory, 400 MiB are available; --chunk-entries 4194304 fits',
  ],
  [2 ** 24, 100, 'chunks of 16777216 entries need 449 MiB of memory, 100 MiB are available; no chunk fits'],
])('refuses chunks of %d entries in %d MiB, and says what would fit', (entries, available, text) => {
  expect(() => traced(available * MIB, entries)).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT', message: `trace: ${text}` }),
  );
});

it('the advice is one that fits', () => {
  for (const available of [193, 200, 250, 400, 440]) {
    let message = '';
    try {
      traced(available * MIB, 2 ** 24);
    } catch (error) {
      ({ message } = error as Error);
    }
    const entries = Number(/--chunk-entries (\d+) fits/.exec(message)?.[1]);
    expect(traced(available * MIB, entries).slots).toBeGreaterThan(0);
  }
});
