// From an adapter of WebGPU to a device with all that the adapter offers.

import { JitExecError } from '../../errors.ts';
import type { DeviceInfo, DeviceLimitName, DeviceLimits } from '../device.ts';
import type { OpenOptions } from '../open-options.ts';
import { tooLittle } from '../steps.ts';
import { RING, WebGpuDevice } from './webgpu-device.ts';

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
  'minStorageBufferOffsetAlignment',
] as const satisfies readonly DeviceLimitName[];

const FEATURES = ['timestamp-query', 'subgroups'] as const satisfies readonly GPUFeatureName[];

/** Times the largest buffer: no adapter says how much memory it has. */
const BUFFERS = 4;
/** Software adapters take the host's memory. */
const SOFTWARE_BYTES = 2 ** 30;

export function infoOf(adapter: GPUAdapter): DeviceInfo {
  const { vendor, architecture, device, description } = adapter.info;
  return {
    kind: 'webgpu',
    adapter: device || architecture || description || vendor || 'unnamed adapter',
    vendor,
    driver: description,
    software: adapter.info.isFallbackAdapter,
    limits: Object.fromEntries(LIMITS.map(name => [name, adapter.limits[name]])) as unknown as DeviceLimits,
    features: FEATURES.filter(name => adapter.features.has(name)),
  };
}

export async function openAdapter(adapter: GPUAdapter, options: OpenOptions): Promise<WebGpuDevice> {
  const offered = infoOf(adapter);
  if (offered.software && options.adapter === undefined) {
    const text = `gpu: ${offered.adapter} is computed by the processor; to use it all the same name it with --gpu-adapter`;
    throw new JitExecError('GPU_DRIVER', text);
  }
  const limits: DeviceLimits = { ...offered.limits, ...options.lower };
  for (const [name, needed] of Object.entries(options.needs ?? {}) as [DeviceLimitName, number][]) {
    if (needed > limits[name]) throw tooLittle('this work', name, needed, limits);
  }
  const device = await adapter.requestDevice({
    label: 'jit-exec',
    requiredFeatures: [...offered.features] as GPUFeatureName[],
    requiredLimits: requiredLimits(adapter, options.lower),
  });
  const memoryBytes =
    options.memoryBytes ?? (offered.software ? SOFTWARE_BYTES : BUFFERS * offered.limits.maxBufferSize);
  // A device that asks for no smaller one has the default alignment, whatever the adapter offers.
  const { minStorageBufferOffsetAlignment } = device.limits;
  return new WebGpuDevice(
    device,
    { ...offered, limits: { ...limits, minStorageBufferOffsetAlignment } },
    { memoryBytes, ring: options.ring ?? RING },
  );
}

/** Without being asked a device has the least of everything. */
function requiredLimits(adapter: GPUAdapter, lower: Partial<DeviceLimits> = {}): Record<string, number> {
  const all = adapter.limits as unknown as Record<string, unknown>;
  const required: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = all[name];
    if (typeof value === 'number' && !name.startsWith('min')) required[name] = value;
  }
  for (const [name, value] of Object.entries(lower)) {
    // The alignment and the number of workgroups are lowered by us, since a device may not have less of them.
    if (name in required && name !== 'maxComputeWorkgroupsPerDimension') required[name] = value;
  }
  return required;
}
