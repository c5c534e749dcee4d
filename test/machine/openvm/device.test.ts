// Every AIR of a recorded segment by the processor's twin of a device: upstream's columns and lookups.

import { expect, it } from 'vitest';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { expectSegment } from './device.ts';

it.each([
  ['tiny-ops', 'default', 20],
  ['tiny-loop', 'rows=1000', 11],
] as const)('a device fills the AIRs of %s under limits %s', async (name, limits, airs) => {
  expect((await expectSegment(new CpuDevice(), name, limits)).length).toBe(airs);
});
