import { expect, test } from 'vitest';
import { Pace } from '../src/pace.ts';

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
