// Guests of millions of instructions are cut where they would be if they were looked at after every thousand, under limits
// that any of them decides.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECK_EVERY, SEGMENT_RULES } from '../../../src/machine/openvm/metering/rules.ts';
import { guestOf } from '../../../src/verbs/execute.ts';
import { plan } from '../../../src/verbs/plan.ts';
import { countedSegments } from './counting-meter.ts';
import { asMetered, cutsOf } from './cuts.ts';
import { isThere, UPSTREAM_GUESTS, upstreamGuest } from './upstream-guests.ts';

describe.skipIf(!isThere)('guests of OpenVM', () => {
  it.each(UPSTREAM_GUESTS)('%s is cut as upstream cuts it', name => {
    const { path, input, metered, metered_cost } = upstreamGuest(name);
    const inputs = input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
    for (const engine of ['js', 'wasm'] as const)
      for (const [key, expected] of Object.entries(metered)) {
        const { segments, cost } = plan(readFileSync(path), { inputs, engine, ...cutsOf(key) });
        expect(cost).toBe(metered_cost.cost);
        expect(segments.map(asMetered)).toEqual(expected);
      }
  });
});

const inputs = [Uint8Array.of(0x31)];

it.each(['huffman', 'keccak', 'calls'])('%s', name => {
  const bytes = readFileSync(new URL(`../../../bench/openvm-guests/bin/${name}.openvm.elf`, import.meta.url));
  const guest = guestOf(bytes, {});
  fc.assert(
    fc.property(
      fc.integer({ min: 50_000, max: 3_000_000 }),
      fc.integer({ min: 20_000_000, max: 400_000_000 }),
      fc.integer({ min: 3_000_000, max: 60_000_000 }),
      fc.constantFrom('js', 'wasm'),
      (rows, cells, interactions, engine) => {
        const limits = { rows, cells, interactions };
        const found = plan(bytes, { inputs, limits, engine }).segments;
        expect(found.map(one => [one.instretStart, one.instructions, one.reason, one.heights])).toEqual(
          countedSegments(guest, inputs, { rules: SEGMENT_RULES['1.4.0'], limits, checkEvery: CHECK_EVERY }),
        );
      },
    ),
    { numRuns: 2 },
  );
});
