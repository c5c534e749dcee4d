// A device of WebGPU, in the thread that calls it: of a page, or of Dawn in the thread that owns its binding.

import { JitExecError } from '../../errors.ts';
import type {
  Device,
  DeviceBuffer,
  DeviceInfo,
  DeviceReport,
  DispatchStep,
  Kernel,
  RunOptions,
  Step,
} from '../device.ts';
import type { RingSize } from '../open-options.ts';
import { Permit } from '../permit.ts';
import { checkKernel, checkSteps } from '../steps.ts';
import { BufferPool } from './buffer-pool.ts';
import { UNIFORM_ALIGNMENT, USAGE } from './constants.ts';
import { DISPATCHES, type EncoderParts, StepEncoder } from './encoder.ts';
import { Estimate } from './estimate.ts';
import { lostError } from './faults.ts';
import { type Pipeline, Pipelines } from './pipelines.ts';
import { SpanLog } from './span-log.ts';
import { DownloadRing, UploadRing } from './staging.ts';
import { Stopwatch } from './stopwatch.ts';

export interface WebGpuOptions {
  /** Device memory that permits give out; WebGPU does not say how much there is. */
  readonly memoryBytes: number;
  readonly ring: RingSize;
}

export const RING: RingSize = { slots: 3, slotBytes: 2 ** 24 };

export class WebGpuDevice implements Device {
  readonly info: DeviceInfo;
  readonly permit: Permit;
  readonly lost: Promise<Error>;
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #pipelines: Pipelines;
  readonly #estimate = new Estimate();
  readonly #buffers = new Map<number, GPUBuffer>();
  readonly #parts: EncoderParts;
  #nextId = 0;
  #lostError: Error | undefined;
  /** A fault that came outside of every scope. */
  #stray: Error | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(device: GPUDevice, info: DeviceInfo, { memoryBytes, ring }: WebGpuOptions) {
    this.#device = device;
    this.info = info;
    this.permit = new Permit(memoryBytes);
    this.#pool = new BufferPool(device, info.limits.maxBufferSize);
    this.#pipelines = new Pipelines(device);
    this.#parts = {
      device,
      uploads: new UploadRing(device, ring),
      downloads: new DownloadRing(device, ring),
      uniforms: device.createBuffer({
        label: 'immediates',
        size: DISPATCHES * UNIFORM_ALIGNMENT,
        usage: USAGE.uniform | USAGE.copyTarget,
      }),
      workgroupsPerDimension: info.limits.maxComputeWorkgroupsPerDimension,
      memoryOf: buffer => this.#buffers.get(buffer.id)!,
    };
    this.lost = device.lost.then(({ reason, message }) => {
      this.#lostError ??= lostError(reason, message);
      return this.#lostError;
    });
    device.addEventListener('uncapturederror', event => {
      event.preventDefault();
      this.#stray ??= new JitExecError('GPU_INVALID', `gpu: ${event.error.message}`);
    });
  }

  async prepare(kernels: readonly Kernel[]): Promise<void> {
    await this.#pipelinesOf(kernels);
  }

  async allocate(bytes: number, label = 'a buffer'): Promise<DeviceBuffer> {
    this.#check();
    const memory = await this.#pool.take(bytes, label).catch(error => {
      throw this.#lostError ?? error;
    });
    this.#check();
    const buffer = { id: this.#nextId++, bytes };
    this.#buffers.set(buffer.id, memory);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    const memory = this.#buffers.get(buffer.id);
    if (memory === undefined) return;
    this.#buffers.delete(buffer.id);
    this.#pool.give(memory);
  }

  async run(steps: readonly Step[], { signal, profile = false }: RunOptions = {}): Promise<DeviceReport> {
    this.#check(signal);
    checkSteps(steps, this.info.limits);
    const dispatches = steps.filter(step => step.kind === 'dispatch' && step.threads > 0) as DispatchStep[];
    const pipelines = await this.#pipelinesOf(dispatches.map(step => step.kernel));
    this.#check(signal);
    const stopwatch = profile ? Stopwatch.for(this.#device, dispatches.length) : undefined;
    const log = profile ? new SpanLog() : undefined;
    const encoder = new StepEncoder(this.#parts, pipelines, stopwatch, log);
    try {
      const start = performance.now();
      // Rings and scopes belong to one run at a time; its downloads may still arrive while the next is encoded.
      const encoded = this.#turn.then(() => this.#encode(encoder, steps, signal));
      this.#turn = encoded.catch(() => {});
      await encoded;
      await this.#finish(encoder, steps);
      const milliseconds = performance.now() - start;
      this.#check(signal);
      return log === undefined ? { milliseconds } : { milliseconds, ...(await measured(log, dispatches, stopwatch)) };
    } catch (error) {
      throw this.#lostError ?? error;
    } finally {
      stopwatch?.close();
    }
  }

  trim(): Promise<void> {
    return this.#pool.trim();
  }

  async close(): Promise<void> {
    this.#lostError ??= lostError('destroyed', '');
    for (const memory of this.#buffers.values()) memory.destroy();
    this.#buffers.clear();
    this.#device.destroy();
    await this.#device.lost;
  }

  async #encode(encoder: StepEncoder, steps: readonly Step[], signal: AbortSignal | undefined): Promise<void> {
    try {
      await encoder.encode(steps, () => this.#check(signal));
    } catch (error) {
      // What was begun is submitted, so that the rings' slots come back.
      encoder.flush();
      await encoder.arrive().catch(() => {});
      throw error;
    }
  }

  async #finish(encoder: StepEncoder, steps: readonly Step[]): Promise<void> {
    const submitted = performance.now();
    const wait = this.#estimate.wait(steps);
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
    await encoder.arrive();
    if (steps.at(-1)?.kind !== 'download') await this.#device.queue.onSubmittedWorkDone();
    this.#estimate.learn(steps, performance.now() - submitted);
  }

  async #pipelinesOf(kernels: readonly Kernel[]): Promise<Map<Kernel, Pipeline>> {
    this.#check();
    for (const kernel of kernels) checkKernel(kernel, this.info.limits);
    const distinct = [...new Set(kernels)];
    const made = await Promise.all(distinct.map(kernel => this.#pipelines.get(kernel))).catch(error => {
      throw this.#lostError ?? error;
    });
    return new Map(distinct.map((kernel, i) => [kernel, made[i]!]));
  }

  #check(signal?: AbortSignal): void {
    if (this.#lostError !== undefined) throw this.#lostError;
    const stray = this.#stray;
    this.#stray = undefined;
    if (stray !== undefined) throw stray;
    signal?.throwIfAborted();
  }
}

async function measured(
  log: SpanLog,
  dispatches: readonly DispatchStep[],
  stopwatch: Stopwatch | undefined,
): Promise<Pick<DeviceReport, 'kernelMilliseconds' | 'spans'>> {
  const times = await stopwatch?.read();
  if (times === undefined) return { spans: log.spans };
  const kernels = times.map(({ start, milliseconds }, i) => ({
    ...{ kind: 'kernel' as const, name: dispatches[i]!.kernel.name },
    ...{ start: log.submitted + start, milliseconds },
  }));
  return { kernelMilliseconds: times.map(({ milliseconds }) => milliseconds), spans: [...log.spans, ...kernels] };
}
