// OpenVM's AIRs on a device: how each is filled there, and which are asked for. Arenas of records are the events of AIRs as they
// lie. What depends on their data stays on the host: taking accesses apart, chunks of memory, its tree and what is hashed for it
// are lists that the recorder makes; columns that are counts have nothing to fill.

import { openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS } from '../../../../codegen/chips/openvm/lookups.ts';
import { laneFormOf } from '../../../../codegen/wgsl/lanes.ts';
import { poseidon2BabyBearConstants } from '../../../../codegen/wgsl/poseidon2-baby-bear.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import type { Device } from '../../../../runtime/gpu/device.ts';
import { chipWork } from '../../../tracegen/device/chip-work.ts';
import { DeviceClient } from '../../../tracegen/device/client.ts';
import type { FillRequest, GpuPolicy } from '../../../tracegen/device/requests.ts';
import { DeviceService, type DeviceServiceOptions } from '../../../tracegen/device/service.ts';
import type { AirName } from '../airs.ts';
import { poseidon2Work } from './poseidon2-work.ts';

/** Below, a dispatch costs more than the rows. */
const PAYING_ROWS = 1024;
/** What comes back costs a nanosecond a cell: rows of these cost the host more. */
const PAYING: readonly string[] = ['Poseidon2', 'Mul', 'MulH', 'DivRem'] satisfies AirName[];

export interface SegmentAir {
  readonly name: string;
  readonly realRows: number;
}

export type SegmentClient = DeviceClient<SegmentAir>;

/** In a thread that makes segments. */
export const segmentClient = (policy: GpuPolicy, ask: (request: FillRequest) => void): SegmentClient =>
  new DeviceClient(
    OPENVM_SLOTS,
    ({ name, realRows }) => policy === 'all' || (realRows >= PAYING_ROWS && PAYING.includes(name)),
    ask,
  );

/** In the thread that has the device. */
export function segmentService(device: Device, options: DeviceServiceOptions): DeviceService {
  const lanes = laneFormOf(device.info);
  const airs = {
    ...{ field: babyBear, slots: OPENVM_SLOTS, constants: poseidon2BabyBearConstants() },
    workOf: (name: string, events: Uint32Array, rows: number) =>
      name === 'Poseidon2' ? poseidon2Work(events, rows, lanes) : chipWork(openVmChip(name), events, rows),
  };
  return new DeviceService(device, airs, options);
}
