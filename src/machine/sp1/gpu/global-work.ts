// Global as work for a device, from the messages of a shard: points, sums and all columns are made there.

import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { LaneForm } from '../../../../codegen/wgsl/lanes.ts';
import { GLOBAL_COLUMNS, GLOBAL_EVENT_WORDS, globalKernels } from '../../../../codegen/wgsl/sp1-global.ts';
import { globalChipSteps, globalPointBytes } from '../../../tracegen/device/chip-steps.ts';
import type { ChipWork } from '../../../tracegen/device/chip-work.ts';

/** `messages`: GLOBAL_EVENT_WORDS each. `lanes`: written out on a GPU, a loop where its driver is slow to compile. */
export function globalWork(messages: Uint32Array, rows: number, lanes: LaneForm): ChipWork {
  const realRows = messages.length / GLOBAL_EVENT_WORDS;
  const kernels = globalKernels(lanes);
  return {
    name: sp1Chip('Global').name,
    width: GLOBAL_COLUMNS,
    ...{ realRows, rows, events: messages, scratch: globalPointBytes(realRows) },
    fits: (stride, { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment }) =>
      4 * stride * GLOBAL_COLUMNS + alignment <= most,
    steps: (cells, events, points, { constants, counts, limits }) =>
      globalChipSteps(
        kernels,
        GLOBAL_COLUMNS,
        { realRows, rows },
        { cells, events, constants, points },
        counts,
        limits,
      ),
  };
}
