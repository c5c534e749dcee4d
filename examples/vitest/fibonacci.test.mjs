// A suite that asserts on what a guest commits, on its cycles and on what they were spent for: npx vitest run

import { readFileSync } from 'node:fs';
import { functionTotals, prepare } from 'jit-exec';
import { expect, test } from 'vitest';

const guest = prepare(readFileSync(new URL('../guests/bin/fibonacci.sp1.elf', import.meta.url)));
const u64 = n => new Uint8Array(BigUint64Array.of(n).buffer);

test.each([
  [0n, [0n, 0n, 1n]],
  [20n, [20n, 6765n, 10946n]],
])('%i: commits n and two numbers', (n, expected) => {
  const { exit, publicValues } = guest.run({ inputs: [u64(n)] });
  expect(exit).toMatchObject({ kind: 'halted', code: 0 });
  expect([...new BigUint64Array(publicValues.slice().buffer)]).toEqual(expected);
});

test('a number more costs five instructions', () => {
  const [a, b] = [20n, 21n].map(n => guest.run({ inputs: [u64(n)] }).instructions);
  expect(b - a).toBe(5);
});

test('most of it is the hash of what is committed', () => {
  const { callTree, instructions } = guest.run({ inputs: [u64(20n)], profile: 'instructions' });
  const [heaviest] = functionTotals(callTree);
  expect(heaviest.name).toBe('compress');
  expect(heaviest.self / instructions).toBeGreaterThan(0.8);
});

test('without its input it panics, and says where', () => {
  const { exit, backtrace } = guest.run();
  expect(exit).toMatchObject({ kind: 'halted', code: 1 });
  expect(backtrace.map(({ symbol }) => symbol.replace(/\+.*/, ''))).toContain('sp1_halt');
});
