/**
 * GPUs through WebGPU, and SP1's traces on them: `jit-exec/gpu`, for Node. Needs the package `webgpu` 0.6.2.
 *
 * @module
 */

/** The dense layout in which traces lie on a device, and where each is. */
export {
  type JaggedGroup,
  type JaggedLayout,
  type JaggedOptions,
  type JaggedPlace,
  type JaggedTrace,
  SP1_JAGGED,
} from '../runtime/columns/jagged.ts';
/** The processor as a device, which runs the same steps. */
export { CpuDevice } from '../runtime/gpu/cpu-device.ts';
export type {
  BufferRange,
  Device,
  DeviceBuffer,
  DeviceInfo,
  DeviceLimits,
  DeviceReport as RunReport,
  Kernel,
  RunOptions,
  Step,
  StepSpan as Span,
} from '../runtime/gpu/device.ts';
export type { OpenOptions } from '../runtime/gpu/open-options.ts';
export { profiledDevice } from '../runtime/gpu/profiled-device.ts';
/** Opens an adapter. Rejects with `GPU_PACKAGE`, `GPU_DRIVER`, … where there is none; `close` the device at the end. */
export { gpuNames, openGpu } from '../runtime/gpu/thread-device.node.ts';
export type { ChipWork } from './tracegen/device/chip-work.ts';
export type { DeviceTraces } from './tracegen/device/device-traces.ts';
/** Traces that stay on a device, for whoever commits to them there. */
export { type GeneratorOptions, type HostTraces, type MainInput, TraceGenerator } from './tracegen/device/generator.ts';
export type { GpuPolicy } from './tracegen/device/requests.ts';
