// The host as a device: the same steps in the same order, each kernel by its function.

import { assert, JitExecError } from '../errors.ts';
import type {
  BufferRange,
  Device,
  DeviceBuffer,
  DeviceInfo,
  DeviceReport,
  Kernel,
  RunOptions,
  Step,
} from './device.ts';
import { Permit } from './permit.ts';
import { checkRange, checkSteps } from './steps.ts';

/** A size that V8 gives as one typed array. */
const MOST_BYTES = 2 ** 32;
const DEFAULT_BYTES = 2 ** 31;

const INFO: DeviceInfo = {
  kind: 'cpu',
  adapter: 'host processor',
  vendor: '',
  driver: '',
  software: true,
  limits: {
    maxBufferSize: MOST_BYTES,
    maxStorageBufferBindingSize: MOST_BYTES,
    maxStorageBuffersPerShaderStage: 64,
    maxComputeWorkgroupStorageSize: MOST_BYTES,
    maxComputeInvocationsPerWorkgroup: 65536,
    maxComputeWorkgroupsPerDimension: MOST_BYTES,
    minStorageBufferOffsetAlignment: 4,
  },
  features: [],
};

const closed = (): JitExecError => new JitExecError('GPU_LOST', 'gpu: the device was closed');

export class CpuDevice implements Device {
  readonly info: DeviceInfo = INFO;
  readonly permit: Permit;
  readonly lost: Promise<Error>;
  readonly #memory = new Map<number, Uint32Array>();
  #lose: (why: Error) => void = () => {};
  #closed: Error | undefined;
  #nextId = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(memoryBytes: number = DEFAULT_BYTES) {
    this.permit = new Permit(memoryBytes);
    this.lost = new Promise(resolve => {
      this.#lose = resolve;
    });
  }

  async prepare(_kernels: readonly Kernel[]): Promise<void> {}

  async allocate(bytes: number): Promise<DeviceBuffer> {
    if (this.#closed !== undefined) throw this.#closed;
    const buffer = { id: this.#nextId++, bytes };
    try {
      this.#memory.set(buffer.id, new Uint32Array(Math.ceil(bytes / 4)));
    } catch (cause) {
      throw new JitExecError('GPU_MEMORY', `gpu: the host has no ${bytes} bytes in one piece`, { cause });
    }
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    this.#memory.delete(buffer.id);
  }

  run(steps: readonly Step[], { signal }: RunOptions = {}): Promise<DeviceReport> {
    checkSteps(steps, this.info.limits);
    const turn = this.#turn.then(() => this.#runNow(steps, signal));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async trim(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed ??= closed();
    this.#memory.clear();
    this.#lose(this.#closed);
  }

  async #runNow(steps: readonly Step[], signal: AbortSignal | undefined): Promise<DeviceReport> {
    const start = performance.now();
    const check = (): void => {
      signal?.throwIfAborted();
      if (this.#closed !== undefined) throw this.#closed;
    };
    check();
    for (const step of steps) {
      this.#do(step);
      check();
    }
    return { milliseconds: performance.now() - start };
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'upload':
        this.#view(step.to).set(step.from);
        break;
      case 'download':
        step.to.set(this.#view(step.from));
        break;
      case 'clear':
        this.#view(step.range).fill(0);
        break;
      case 'copy':
        this.#view(step.to).set(this.#view(step.from));
        break;
      case 'dispatch': {
        const { kernel, threads, immediates = [] } = step;
        if (threads > 0) kernel.host({ buffers: step.buffers.map(range => this.#view(range)), threads, immediates });
      }
    }
  }

  #view(range: BufferRange): Uint32Array {
    checkRange(range);
    const memory = this.#memory.get(range.buffer.id);
    assert(memory !== undefined, `buffer ${range.buffer.id} was released or is another device's`);
    return memory.subarray(range.offset / 4, (range.offset + range.bytes) / 4);
  }
}
