/**
 * The browser's own WebGPU, and a shard's columns on it beside the processor's: `jit-exec/page-gpu`, for pages and their workers.
 * Needs nothing of Node, and no thread but the calling one.
 *
 * @module
 */

export type { Device, DeviceInfo, DeviceLimits } from '../runtime/gpu/device.ts';
export type { OpenOptions } from '../runtime/gpu/open-options.ts';
/** Opens the browser's adapter. Rejects with `GPU_DRIVER` or `GPU_LIMITS` where there is none that will do. */
export { openPageGpu, type PageScope } from '../runtime/gpu/page-device.ts';
export {
  type ChipOnDevice,
  type ColumnsOnDevice,
  type ColumnsOnDeviceOptions,
  columnsOnDevice,
} from './verbs/columns-on-device.ts';
