import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ROOT } from '../../bench/guests.ts';
import { Pace } from '../../src/engine/pace.ts';
import { trace } from '../../src/verbs/trace.ts';

const GUESTS = join(ROOT, 'bench/sp1-guests');
const { runs } = JSON.parse(readFileSync(join(GUESTS, 'expected.json'), 'utf8'))['keccak.sp1'];
const guest = readFileSync(join(GUESTS, 'bin/keccak.sp1.elf'));

/** A pace on a clock of its own; `run` passes slices of one speed, in instructions per millisecond. */
function make(): { readonly pace: Pace; run(slices: number, speed: number): void } {
  let now = 0;
  let instructions = 0;
  const pace = new Pace(() => now);
  pace.tick(0);
  return {
    pace,
    run(slices, speed) {
      for (let i = 0; i < slices; i++) {
        const { slice } = pace;
        instructions += slice;
        now += slice / speed;
        pace.tick(instructions);
      }
    },
  };
}

test('fast code is never waited for, and its slices grow', () => {
  const { pace, run } = make();
  const first = pace.slice;
  run(100, 300_000);
  expect(pace.isWaiting).toBe(false);
  expect(pace.slice).toBeGreaterThan(first);
});

test('after some slow slices the interpreter runs four times as long', () => {
  const { pace, run } = make();
  run(15, 10_000);
  expect(pace.isWaiting).toBe(false);
  run(1, 10_000);
  expect(pace.isWaiting).toBe(true);
  // 16 slices of 2^14 took 26 ms; those of the interpreter, of 2^18, take 2.6.
  run(39, 100_000);
  expect(pace.isWaiting).toBe(true);
  run(2, 100_000);
  expect(pace.isWaiting).toBe(false);
});

test('slow is less than a twentieth of what the interpreter was seen to do', () => {
  const { pace, run } = make();
  run(16, 10_000);
  while (pace.isWaiting) run(1, 100_000);
  run(50, 6_000);
  expect(pace.isWaiting).toBe(false);
  run(16, 4_000);
  expect(pace.isWaiting).toBe(true);
});

test('one fast slice forgives the slow ones before it', () => {
  const { pace, run } = make();
  for (let i = 0; i < 10; i++) {
    run(15, 10_000);
    run(1, 100_000);
  }
  expect(pace.isWaiting).toBe(false);
});

test('a trace is the same however often the interpreter takes over', () => {
  const inputs = runs[2].inputs.map((hex: string) => Buffer.from(hex, 'hex'));
  const hashOf = (engine: 'js' | 'wasm'): string => {
    const hash = createHash('sha256');
    trace(guest, {
      engine,
      inputs,
      chunkEntries: 100_000,
      stdout: () => {},
      onChunk: ({ raw }) => void hash.update(raw),
    });
    return hash.digest('hex');
  };
  const expected = hashOf('wasm');
  const isWaiting = vi.spyOn(Pace.prototype, 'isWaiting', 'get');
  // A clock on which slices are slow and waiting is short.
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 10;
    return now;
  });
  const found = hashOf('js');
  const waits = isWaiting.mock.results.filter(({ value }) => value).length;
  vi.restoreAllMocks();
  expect(found).toBe(expected);
  expect(waits).toBeGreaterThan(10);
});
