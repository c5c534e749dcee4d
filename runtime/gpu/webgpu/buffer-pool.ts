// Device memory by size class. Garbage collection does not see it, so nothing is left to that.

import { JitExecError } from '../../errors.ts';
import { sizeClass } from '../size-class.ts';
import { USAGE } from './constants.ts';
import { guarded } from './faults.ts';

export class BufferPool {
  readonly #device: GPUDevice;
  /** Bytes of a buffer. */
  readonly #largest: number;
  readonly #unused = new Map<number, GPUBuffer[]>();
  /** Of all buffers, used or not. */
  #bytes = 0;
  #unusedBytes = 0;

  constructor(device: GPUDevice, largest: number) {
    this.#device = device;
    this.#largest = largest;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get unusedBytes(): number {
    return this.#unusedBytes;
  }

  async take(bytes: number, label: string): Promise<GPUBuffer> {
    if (bytes > this.#largest) {
      const text = `gpu: a buffer of ${bytes} bytes is needed, the adapter allows maxBufferSize ${this.#largest}`;
      throw new JitExecError('GPU_LIMITS', `${text}; use smaller shards`);
    }
    const size = sizeClass(bytes, this.#largest);
    const used = this.#unused.get(size)?.pop();
    if (used !== undefined) {
      this.#unusedBytes -= size;
      return used;
    }
    try {
      return await this.#make(size, label);
    } catch (error) {
      if (!(error instanceof JitExecError && error.code === 'GPU_MEMORY') || this.#unusedBytes === 0) throw error;
      await this.trim();
      return this.#make(size, label);
    }
  }

  give(buffer: GPUBuffer): void {
    const { size } = buffer;
    const same = this.#unused.get(size);
    if (same) same.push(buffer);
    else this.#unused.set(size, [buffer]);
    this.#unusedBytes += size;
  }

  async trim(): Promise<void> {
    for (const buffers of this.#unused.values()) {
      for (const buffer of buffers) {
        this.#bytes -= buffer.size;
        buffer.destroy();
      }
    }
    this.#unused.clear();
    this.#unusedBytes = 0;
    // Dawn frees what was destroyed only when the queue goes on.
    this.#device.queue.submit([]);
    await this.#device.queue.onSubmittedWorkDone();
  }

  async #make(size: number, label: string): Promise<GPUBuffer> {
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    const { value, fault } = guarded(this.#device, `${size} bytes for ${label}`, () =>
      this.#device.createBuffer({ label, size, usage }),
    );
    const error = await fault;
    if (error !== undefined) {
      value.destroy();
      this.#device.queue.submit([]);
      throw error;
    }
    this.#bytes += size;
    return value;
  }
}
