// Segments on a GPU are as OpenVM has them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../../runtime/gpu/device.ts';
import { NO_GPU, openTestGpu } from '../../runtime/gpu/gpu.ts';
import { expectSegment } from './device.ts';

describe.skipIf(NO_GPU !== undefined)(`segments on a GPU ${NO_GPU ?? ''}`, () => {
  let device: Device;
  beforeAll(async () => {
    device = await openTestGpu({ lower: { maxComputeWorkgroupsPerDimension: 60 } });
  });
  afterAll(() => device.close());

  it.each([
    ['tiny-ops', 'default', 20],
    ['tiny-loop', 'rows=1000', 11],
  ] as const)('has the AIRs of %s as OpenVM', async (name, limits, airs) => {
    expect((await expectSegment(device, name, limits)).length).toBe(airs);
  });
});
