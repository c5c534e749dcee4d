// What a proof needs is told from a metered run, which reckons with a thousand times the rows that memory's tree has.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AIRS } from '../../../src/machine/openvm/airs.ts';
import { mostRows } from '../../../src/machine/openvm/pipeline/ram.ts';
import { proofBytes } from '../../../src/proof/prover/lanes/need.ts';
import { plan } from '../../../src/verbs/plan.ts';
import { rv32imKey } from '../openvm-vectors.ts';

it('a segment of 1.5 M instructions fits into a memory of 4 GiB', () => {
  const bytes = readFileSync(new URL('../../../bench/openvm-guests/bin/mont.openvm.elf', import.meta.url));
  const { segments, instructions } = plan(bytes, { machine: 'openvm', inputs: [new TextEncoder().encode('1')] });
  expect({ segments: segments.length, instructions }).toEqual({ segments: 1, instructions: 1_559_947 });
  const need = proofBytes(
    rv32imKey,
    AIRS.map(({ name }) => mostRows(name, segments[0]!)),
  );
  // 3720 MiB were taken.
  expect(need).toBeGreaterThan(3720 * 2 ** 20);
  expect(need).toBeLessThan(2 ** 32);
});
