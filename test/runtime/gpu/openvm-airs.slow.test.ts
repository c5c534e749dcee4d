// OpenVM's AIRs on a GPU: every cell and lookup as on the host at heights of all kinds.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPENVM_CHIPS, openVmChip } from '../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS } from '../../../codegen/chips/openvm/lookups.ts';
import { poseidon2BabyBearConstants } from '../../../codegen/wgsl/poseidon2-baby-bear.ts';
import { traceLayout } from '../../../runtime/columns/layout.ts';
import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import type { Device } from '../../../runtime/gpu/device.ts';
import { poseidon2Work } from '../../../src/machine/openvm/gpu/poseidon2-work.ts';
import { openVmFiller } from '../../../src/machine/openvm/traces/segment-traces.ts';
import { HostFiller } from '../../../src/tracegen/device/host-columns.ts';
import { eventStructs } from './chip-events.ts';
import { compareChips } from './chip-traces.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

// Poseidon2 has a kernel of its own, below: as its description is printed SwiftShader compiles it for most of a minute.
compareChips(OPENVM_CHIPS.filter(({ name }) => name !== 'Poseidon2'));

describe('Poseidon2 on a GPU', () => {
  if (NO_GPU !== undefined) {
    it.skip(NO_GPU, () => {});
    return;
  }
  let device: Device;
  beforeAll(async () => {
    device = await openTestGpu({ lower: { maxComputeWorkgroupsPerDimension: 60 } });
  });
  afterAll(() => device.close());

  it.each(['loop', 'written'] as const)('has the rows of the host, lanes as a %s', async lanes => {
    const chip = openVmChip('Poseidon2');
    const [filler, options] = [openVmFiller(), { field: babyBear, slots: OPENVM_SLOTS }];
    const onDevice = new HostFiller(device, { ...options, constants: poseidon2BabyBearConstants() });
    for (const realRows of [0, 1, 31, 32, 33, 1000, 60 * 64 + 1]) {
      const events = eventStructs(chip, realRows);
      const rows = Math.max(32, 2 ** Math.ceil(Math.log2(realRows)));
      const work = poseidon2Work(events, rows, lanes);
      const { stride, length } = traceLayout(work.width, rows);
      const into = new Uint32Array(new SharedArrayBuffer(4 * length));
      await onDevice.fill([{ work, stride, into }], new Uint32Array(OPENVM_SLOTS));
      const right = filler.fill(chip, new Uint8Array(events.buffer, 0, events.byteLength), rows);
      const wrong = chip.columns.slice(chip.fixed).flatMap(({ name }, column) => {
        const row = Array.from({ length: rows }, (_, i) => i).find(
          i => into[column * stride + i] !== right.data[column * right.stride + i],
        );
        return row === undefined ? [] : [`${name}, row ${row} of ${realRows}`];
      });
      expect(wrong).toEqual([]);
    }
  });
});
