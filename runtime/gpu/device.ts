// What computes kernels over buffers of its own: a GPU, or the host as its twin. One interface for both, so that what
// schedules work is the same with and without a GPU.

import type { Permit } from './permit.ts';

/** Bytes of 32-bit words, on shared memory or not; whole words. */
export type WordArray = Uint32Array | Int32Array;

export type BufferUse = 'read' | 'write';

/** One thread per item: text for a GPU, and the same as a function for the host. */
export interface Kernel {
  readonly name: string;
  /**
   * A module with one entry. Group 0 has, at binding 0, the uniform of 16 words of which word 0 is the
   * number of threads and words 1 to 15 are the immediates, and from binding 1 on the storage buffers in order.
   */
  readonly wgsl: string;
  readonly buffers: readonly BufferUse[];
  /** Threads of a workgroup: what the text says as @workgroup_size. */
  readonly workgroup: number;
  /** All threads of a dispatch. */
  readonly host: (call: HostCall) => void;
}

export interface HostCall {
  readonly buffers: readonly Uint32Array[];
  readonly threads: number;
  readonly immediates: readonly number[];
}

export const IMMEDIATES = 15;

/** Memory of a device; only the device that made it knows what is behind. */
export interface DeviceBuffer {
  readonly id: number;
  readonly bytes: number;
}

/** Part of a buffer. Where it is bound, the offset is a multiple of the device's `minStorageBufferOffsetAlignment`. */
export interface BufferRange {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export interface DispatchStep {
  readonly kind: 'dispatch';
  readonly kernel: Kernel;
  readonly buffers: readonly BufferRange[];
  readonly threads: number;
  readonly immediates?: readonly number[];
}

export type Step =
  | { readonly kind: 'upload'; readonly from: WordArray; readonly to: BufferRange }
  | { readonly kind: 'download'; readonly from: BufferRange; readonly to: WordArray }
  | { readonly kind: 'clear'; readonly range: BufferRange }
  | { readonly kind: 'copy'; readonly from: BufferRange; readonly to: BufferRange }
  | DispatchStep;

export interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly minStorageBufferOffsetAlignment: number;
}

export type DeviceLimitName = keyof DeviceLimits;

export interface DeviceInfo {
  readonly kind: 'webgpu' | 'cpu';
  /** As people know the adapter. */
  readonly adapter: string;
  readonly vendor: string;
  readonly driver: string;
  /** Computed by the host's processor: no GPU, whatever its interface. */
  readonly software: boolean;
  readonly limits: DeviceLimits;
  readonly features: readonly string[];
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Measures transfers, and each dispatch where the adapter has timestamps. */
  readonly profile?: boolean;
}

/** What a run did for some time. */
export interface StepSpan {
  readonly kind: 'upload' | 'kernel' | 'download';
  /** Of a kernel; of transfers, how they are called. */
  readonly name: string;
  /** Milliseconds since 1970; of kernels the device's clock, from the first submission on. */
  readonly start: number;
  readonly milliseconds: number;
  /** Of transfers. */
  readonly bytes?: number;
}

export interface DeviceReport {
  /** Wall time from the start of encoding to the end of the last step. */
  readonly milliseconds: number;
  /** Of each dispatch in order, on the device's clock, when profiling was asked for and is there. */
  readonly kernelMilliseconds?: readonly number[];
  /** When profiling was asked for. */
  readonly spans?: readonly StepSpan[];
}

export interface Device {
  readonly info: DeviceInfo;
  /** Bytes of device memory that may be taken; those who allocate hold a permit. */
  readonly permit: Permit;
  /** Resolves with why, when the device is gone; never rejects. */
  readonly lost: Promise<Error>;
  /** Makes kernels ready before they are needed; others are made ready by `run`. */
  prepare(kernels: readonly Kernel[]): Promise<void>;
  /** What is in the buffer is undefined. */
  allocate(bytes: number, label?: string): Promise<DeviceBuffer>;
  /** Gives a buffer back to the pool, when the runs that use it have resolved. */
  release(buffer: DeviceBuffer): void;
  /** Steps happen in order, also with those of earlier runs. Resolves when downloads have arrived. */
  run(steps: readonly Step[], options?: RunOptions): Promise<DeviceReport>;
  /** Frees what the pool holds unused. */
  trim(): Promise<void>;
  /** What is still running fails with GPU_LOST. */
  close(): Promise<void>;
}

/** The whole of a buffer, or its first bytes. */
export const whole = (buffer: DeviceBuffer, bytes: number = buffer.bytes): BufferRange => ({
  buffer,
  offset: 0,
  bytes,
});
