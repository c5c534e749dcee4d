// OpenVM's Poseidon2 as work for a device: a kernel with loops, since drivers take most of a minute for rounds that are written out.

import { openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import { chipImmediates } from '../../../../codegen/wgsl/chip-kernel.ts';
import type { LaneForm } from '../../../../codegen/wgsl/lanes.ts';
import { POSEIDON2_AIR_COLUMNS, poseidon2AirKernel } from '../../../../codegen/wgsl/poseidon2-baby-bear.ts';
import type { Kernel } from '../../../../runtime/gpu/device.ts';
import { kernelGroups } from '../../../tracegen/device/chip-kernels.ts';
import type { ChipWork } from '../../../tracegen/device/chip-work.ts';
import { boundCells } from '../../../tracegen/device/places.ts';

const chip = openVmChip('Poseidon2');
const EVENT_WORDS = chip.event.bytes / 4;

/** The groups of the chip's description, one after the other. */
const onHost: Kernel['host'] = ({ buffers: [events, columns], threads, immediates }) => {
  const none = new Uint32Array(0);
  for (const { kernel } of kernelGroups(chip, POSEIDON2_AIR_COLUMNS))
    kernel.host({ buffers: [events!, columns!, none, none], threads, immediates });
};

const KERNELS: Readonly<Record<LaneForm, Kernel>> = {
  written: poseidon2AirKernel('written', EVENT_WORDS, onHost),
  loop: poseidon2AirKernel('loop', EVENT_WORDS, onHost),
};

/** `lanes`: written out on a GPU, a loop where its driver is slow to compile. */
export function poseidon2Work(events: Uint32Array, rows: number, lanes: LaneForm): ChipWork {
  const realRows = events.length / EVENT_WORDS;
  return {
    name: chip.name,
    width: POSEIDON2_AIR_COLUMNS,
    ...{ realRows, rows, events, scratch: [] },
    fits: (stride, { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment }) =>
      4 * stride * POSEIDON2_AIR_COLUMNS + alignment <= most,
    steps: (cells, from, _scratch, { constants, limits }) => {
      const { range, firstCell } = boundCells(cells, 0, POSEIDON2_AIR_COLUMNS, limits);
      const { stride } = cells;
      const immediates = chipImmediates({ rows: realRows, stride, firstCell, firstEvent: 0, tables: 1, slots: 0 });
      const buffers = [from, range, constants];
      return [{ kind: 'dispatch', kernel: KERNELS[lanes], buffers, threads: rows, immediates }];
    },
  };
}
