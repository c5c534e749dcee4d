// How long a device is waited for before it is asked.

import { describe, expect, test } from 'vitest';
import type { Kernel, Step } from '../../../runtime/gpu/device.ts';
import { Estimate } from '../../../runtime/gpu/webgpu/estimate.ts';

const dispatch = (name: string, threads: number): Step => ({
  kind: 'dispatch',
  kernel: { name } as Kernel,
  buffers: [],
  threads,
  immediates: [],
});

/** Runs of the same steps that took so long each. */
function learned(steps: readonly Step[], ...times: readonly number[]): Estimate {
  const estimate = new Estimate();
  for (const time of times) estimate.learn(steps, time);
  return estimate;
}

describe('a wait for kernels', () => {
  const one = [dispatch('a', 100)];

  test('is not what their first run took, in which they were compiled', () => {
    expect(learned(one, 60_000).wait(one)).toBe(0);
    expect(learned(one, 60_000, 10).wait(one)).toBeCloseTo(9);
  });

  test('follows the threads, and what was seen last', () => {
    const estimate = learned(one, 0, 10);
    expect(estimate.wait([dispatch('a', 300)])).toBeCloseTo(27);
    estimate.learn(one, 30);
    expect(estimate.wait(one)).toBeCloseTo(18);
  });

  test('of kernels seen before is not changed by others beside them', () => {
    const estimate = learned(one, 0, 10);
    const both = [...one, dispatch('b', 50)];
    for (const time of [90_000, 25]) estimate.learn(both, time);
    expect(estimate.wait(one)).toBeCloseTo(9);
    expect(estimate.wait([dispatch('b', 50)])).toBeCloseTo(13.5);
  });

  test('is none where a timer gains nothing, and bounded', () => {
    expect(learned(one, 0, 1).wait(one)).toBe(0);
    expect(learned(one, 0, 1e9).wait(one)).toBe(500);
    expect(learned(one, 0, 0).wait(one)).toBe(0);
    expect(learned(one, 0, 0, 5).wait(one)).toBeCloseTo(4.5);
    expect(learned([dispatch('a', 0)], 5, 5).wait([])).toBe(0);
  });
});
