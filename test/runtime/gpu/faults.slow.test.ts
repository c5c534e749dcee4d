// A thousand devices one after the other, each with memory and now and then with work: none is left behind.

import { describe, expect, it } from 'vitest';
import { kernel } from '../../../codegen/wgsl/module.ts';
import { whole } from '../../../runtime/gpu/device.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

const CYCLES = 1000;
/** Devices after which whatever a driver keeps for the next one is there. */
const WARM = 500;
const BYTES = 2 ** 20;
/** Of the other half, whose buffers would be 500 MiB. */
const MOST_GROWTH = 64 * 2 ** 20;

const count = kernel({
  name: 'count',
  buffers: { words: 'write' },
  body: 'words[thread] = thread;',
  host({ buffers: [words], threads }) {
    for (let i = 0; i < threads; i++) words![i] = i;
  },
});

describe('a GPU', () => {
  if (NO_GPU !== undefined) {
    it.skip(NO_GPU, () => {});
    return;
  }
  it('is opened and closed a thousand times without a leak', async () => {
    let resident = 0;
    const to = new Uint32Array(new SharedArrayBuffer(BYTES));
    for (let i = 0; i < CYCLES; i++) {
      const device = await openTestGpu({ ring: { slots: 2, slotBytes: 2 ** 16 } });
      const buffer = await device.allocate(BYTES);
      if (i % 20 === 0) {
        await device.run([
          { kind: 'dispatch', kernel: count, buffers: [whole(buffer)], threads: BYTES / 4 },
          { kind: 'download', from: whole(buffer), to: to.fill(0) },
        ]);
        expect(to.at(-1)).toBe(BYTES / 4 - 1);
      }
      await device.close();
      if (i === WARM) resident = process.memoryUsage().rss;
    }
    expect(process.memoryUsage().rss - resident).toBeLessThan(MOST_GROWTH);
  });
});
