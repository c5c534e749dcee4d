// The chips of SP1 on a device: how each is filled there, and which are asked for.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { laneFormOf } from '../../../../codegen/wgsl/lanes.ts';
import { globalConstants } from '../../../../codegen/wgsl/sp1-global.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { Device, DeviceInfo } from '../../../../runtime/gpu/device.ts';
import { chipWork } from '../../../tracegen/device/chip-work.ts';
import { DeviceClient } from '../../../tracegen/device/client.ts';
import type { FillRequest, GpuPolicy } from '../../../tracegen/device/requests.ts';
import { type DeviceChips, DeviceService, type DeviceServiceOptions } from '../../../tracegen/device/service.ts';
import type { ChipName } from '../records/chips.ts';
import type { ShardChip } from '../records/shards.ts';
import { globalWork } from './global-work.ts';

const OF_TABLES: readonly ChipName[] = ['Program', 'Byte', 'Range'];
/** Below, a dispatch costs more than the rows. */
const PAYING_ROWS = 1024;
/** What comes back costs a nanosecond a cell: as wide as these, or with a table of products, rows cost the host more. */
const PAYING_WIDTH = 256;
const PAYING: readonly ChipName[] = ['Global', 'Mul', 'DivRem', 'Poseidon2'];

function pays({ name, realRows }: ShardChip): boolean {
  if (OF_TABLES.includes(name)) return false;
  const { columns, fixed } = sp1Chip(name);
  return realRows >= PAYING_ROWS && (PAYING.includes(name) || columns.length - fixed >= PAYING_WIDTH);
}

export type ShardClient = DeviceClient<ShardChip>;

/** In a thread that makes shards. */
export const shardClient = (policy: GpuPolicy, ask: (request: FillRequest) => void): ShardClient =>
  new DeviceClient(SLOTS, policy === 'all' ? () => true : pays, ask);

/** The chips as a device fills them. Events of Global are messages of GLOBAL_EVENT_WORDS. */
export function sp1DeviceChips(info: DeviceInfo): DeviceChips {
  const lanes = laneFormOf(info);
  return {
    ...{ field: koalaBear, slots: SLOTS, constants: globalConstants() },
    workOf: (name, events, rows) =>
      name === 'Global' ? globalWork(events, rows, lanes) : chipWork(sp1Chip(name as ChipName), events, rows),
  };
}

/** In the thread that has the device. */
export const shardService = (device: Device, options: DeviceServiceOptions): DeviceService =>
  new DeviceService(device, sp1DeviceChips(device.info), options);
