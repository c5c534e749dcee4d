// How much is compiled: what a run does is the same without these tests, and takes longer.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../bench/guests.ts';
import { Executor } from '../../src/engine/executor.ts';
import { tracing } from '../../src/engine/observation.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { executionOf } from '../../src/verbs/execute.ts';

const GUESTS = join(ROOT, 'bench/sp1-guests');
const { runs } = JSON.parse(readFileSync(join(GUESTS, 'expected.json'), 'utf8'))['keccak.sp1'];
const keccak = readFileSync(join(GUESTS, 'bin/keccak.sp1.elf'));

/** Compiled entries at the end of a run whose chunks have this many entries. */
function entriesOf(threshold: number): { readonly chunks: number; readonly entries: number } {
  const inputs = runs[4].inputs.map((hex: string) => Buffer.from(hex, 'hex'));
  let chunks = 0;
  const executor = executionOf(
    loadGuest(keccak, 'keccak', 'sp1'),
    { engine: 'wasm', inputs, hot: 50, stdout: () => {} },
    tracing({ threshold, slots: 1, sink: ({ offset }) => ({ acquire: () => offset, publish: () => chunks++ }) }),
  );
  if (!(executor instanceof Executor)) throw new Error('a trusted program has another executor');
  expect(executor.run().kind).toBe('halted');
  return { chunks, entries: new Set(executor.code.functions).size - 1 };
}

test('no loop is compiled again because chunks end in it', () => {
  const few = entriesOf(2 ** 22);
  const many = entriesOf(20_000);
  expect(many.chunks).toBeGreaterThan(5000);
  expect(many.entries).toBeLessThanOrEqual(few.entries + 2);
});
