// `jit-exec info --gpu`: which GPU would be used, or why none.

import { JitExecError } from '../../../runtime/errors.ts';
import type { DeviceInfo } from '../../../runtime/gpu/device.ts';
import { gpuNames, openGpu } from '../../../runtime/gpu/thread-device.node.ts';
import type { Arguments } from '../command.ts';
import { complain, writeAll } from '../output.ts';
import { STATUS_OF_ERROR } from '../status.ts';

export async function infoGpu(args: Arguments): Promise<number> {
  const adapter = args['gpu-adapter'] as string | undefined;
  try {
    const device = await openGpu(adapter === undefined ? {} : { adapter });
    const adapters = await gpuNames();
    await device.close();
    writeAll(1, args.json ? line({ gpu: device.info, adapters }) : describe(device.info, adapters));
    return 0;
  } catch (error) {
    if (!(error instanceof JitExecError)) throw error;
    if (args.json) writeAll(1, line({ gpu: null, code: error.code, why: error.message }));
    complain(error.message);
    return STATUS_OF_ERROR[error.code];
  }
}

const line = (summary: object): string => `${JSON.stringify({ schema: 1, ...summary })}\n`;

function describe(
  { adapter, vendor, driver, software, limits, features }: DeviceInfo,
  adapters: readonly string[],
): string {
  const rows: (readonly [string, string])[] = [
    ['adapter', adapter],
    ['vendor', vendor],
    ['driver', driver],
    ['kind', software ? 'software: computed by the processor' : 'hardware'],
    ['features', features.join(', ')],
    ...Object.entries(limits).map(([name, value]) => ['limit', `${name} ${value}`] as const),
    ...adapters.map(name => ['there is', name] as const),
  ];
  return rows.map(([label, value]) => `${label.padEnd(8)} ${value}\n`).join('');
}
