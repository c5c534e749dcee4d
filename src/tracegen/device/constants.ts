// What all chips read on a device: brought up once.

import { inverseTable } from '../../../runtime/columns/inverses.ts';
import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import { type BufferRange, type Device, whole } from '../../../runtime/gpu/device.ts';

export interface DeviceConstants {
  readonly inverses: BufferRange;
  readonly constants: BufferRange;
}

/** `constants`: what chips with kernels of their own read. */
export async function uploadConstants(
  device: Device,
  field: PrimeField,
  constants: Uint32Array,
): Promise<DeviceConstants> {
  const tables = [inverseTable(field), constants] as const;
  const [forInverses, forOthers] = (await Promise.all(
    tables.map(async table => whole(await device.allocate(table.byteLength, 'constants'), table.byteLength)),
  )) as [BufferRange, BufferRange];
  await device.run([
    { kind: 'upload', from: tables[0], to: forInverses },
    { kind: 'upload', from: tables[1], to: forOthers },
  ]);
  return { inverses: forInverses, constants: forOthers };
}
