// Steps of one run as commands on the queue: one encoder and one submission, unless a ring or the immediates run out.

import { assert, type JitExecError } from '../../errors.ts';
import type { BufferRange, DeviceBuffer, Kernel, Step, WordArray } from '../device.ts';
import { UNIFORM_ALIGNMENT } from './constants.ts';
import { guarded } from './faults.ts';
import type { Pipeline } from './pipelines.ts';
import type { SpanLog } from './span-log.ts';
import type { DownloadRing, UploadRing } from './staging.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Dispatches of a submission, for each of which the uniform buffer has a place. */
export const DISPATCHES = 256;

export interface EncoderParts {
  readonly device: GPUDevice;
  readonly uploads: UploadRing;
  readonly downloads: DownloadRing;
  /** DISPATCHES places for immediates. */
  readonly uniforms: GPUBuffer;
  readonly workgroupsPerDimension: number;
  readonly memoryOf: (buffer: DeviceBuffer) => GPUBuffer;
}

interface Filling {
  readonly slot: GPUBuffer;
  used: number;
  readonly pieces: { to: WordArray; offset: number }[];
}

export class StepEncoder {
  readonly #parts: EncoderParts;
  readonly #pipelines: ReadonlyMap<Kernel, Pipeline>;
  readonly #stopwatch: Stopwatch | undefined;
  readonly #log: SpanLog | undefined;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #dispatches = 0;
  readonly #uniforms = new Uint32Array((DISPATCHES * UNIFORM_ALIGNMENT) / 4);
  #filling: Filling | undefined;
  #filled: Filling[] = [];
  readonly #faults: Promise<JitExecError | undefined>[] = [];
  #calls: (() => void)[] = [];

  constructor(
    parts: EncoderParts,
    pipelines: ReadonlyMap<Kernel, Pipeline>,
    stopwatch: Stopwatch | undefined,
    log: SpanLog | undefined,
  ) {
    this.#parts = parts;
    this.#pipelines = pipelines;
    this.#stopwatch = stopwatch;
    this.#log = log;
  }

  async encode(steps: readonly Step[], check: () => void): Promise<void> {
    for (const step of steps) {
      check();
      await this.#step(step);
    }
    this.#command(encoder => this.#stopwatch?.resolve(encoder));
    this.flush();
  }

  /** Waits for what was encoded to have been found valid, and empties the slots that downloads lie in. */
  async arrive(): Promise<void> {
    const filled = this.#filled;
    this.#filled = [];
    const arrivals = filled.map(one => this.#empty(one));
    const [faults] = await Promise.all([Promise.all(this.#faults), Promise.allSettled(arrivals)]);
    for (const fault of faults) if (fault !== undefined) throw fault;
    await Promise.all(arrivals);
  }

  /** Submits what there is; everything in it happens before what comes later. */
  flush(): void {
    const { device, uploads, uniforms } = this.#parts;
    const words = this.#uniforms.subarray(0, (this.#dispatches * UNIFORM_ALIGNMENT) / 4);
    const calls = this.#calls;
    this.#calls = [];
    this.#closeFilling();
    uploads.unmap();
    if (calls.length === 0) return;
    const { fault } = guarded(device, 'steps', () => {
      for (const call of calls) call();
      this.#endPass();
      // Ordered on the queue: what was submitted before has read its own words.
      if (words.length > 0) device.queue.writeBuffer(uniforms, 0, words);
      device.queue.submit([this.#open().finish()]);
    });
    this.#log?.submit();
    this.#encoder = undefined;
    this.#dispatches = 0;
    this.#faults.push(fault);
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'upload':
        return this.#timed('upload', step.from.byteLength, () => this.#upload(step.from, step.to));
      case 'download':
        return this.#download(step.from, step.to);
      case 'clear': {
        const { range } = step;
        if (range.bytes > 0) {
          this.#command(encoder => encoder.clearBuffer(this.#memory(range), range.offset, range.bytes));
        }
        return;
      }
      case 'copy':
        return this.#copy(
          this.#memory(step.from),
          step.from.offset,
          this.#memory(step.to),
          step.to.offset,
          step.to.bytes,
        );
      case 'dispatch':
        if (step.threads > 0) this.#dispatch(step);
    }
  }

  async #upload(from: WordArray, to: BufferRange): Promise<void> {
    const { uploads } = this.#parts;
    for (let done = 0; done < from.length; ) {
      const staged = uploads.stage(from.subarray(done));
      if (staged === undefined) {
        this.flush();
        await uploads.reclaim();
        continue;
      }
      this.#copy(staged.buffer, staged.offset, this.#memory(to), to.offset + done * 4, staged.words * 4);
      done += staged.words;
    }
  }

  async #download(from: BufferRange, to: WordArray): Promise<void> {
    const { slotBytes } = this.#parts.downloads;
    for (let done = 0; done < to.length; ) {
      const filling = this.#filling ?? (await this.#nextSlot());
      this.#filling = filling;
      const words = Math.min(to.length - done, (slotBytes - filling.used) / 4);
      this.#copy(this.#memory(from), from.offset + done * 4, filling.slot, filling.used, words * 4);
      filling.pieces.push({ to: to.subarray(done, done + words), offset: filling.used });
      filling.used += words * 4;
      done += words;
      if (filling.used === slotBytes) this.#closeFilling();
    }
  }

  async #nextSlot(): Promise<Filling> {
    const { downloads } = this.#parts;
    for (;;) {
      const slot = downloads.take();
      if (slot !== undefined) return { slot, used: 0, pieces: [] };
      this.flush();
      // Of this run where it has some, else of an earlier one.
      const first = this.#filled.shift();
      if (first !== undefined) await this.#empty(first);
      else await downloads.free();
    }
  }

  #empty({ slot, pieces, used }: Filling): Promise<void> {
    return this.#timed('download', used, () => this.#parts.downloads.empty(slot, pieces));
  }

  #timed(kind: 'upload' | 'download', bytes: number, make: () => Promise<void>): Promise<void> {
    return this.#log === undefined ? make() : this.#log.transfer(kind, bytes, make);
  }

  #closeFilling(): void {
    if (this.#filling !== undefined) this.#filled.push(this.#filling);
    this.#filling = undefined;
  }

  #copy(from: GPUBuffer, fromAt: number, to: GPUBuffer, toAt: number, bytes: number): void {
    if (bytes > 0) this.#command(encoder => encoder.copyBufferToBuffer(from, fromAt, to, toAt, bytes));
  }

  #dispatch({ kernel, buffers, threads, immediates = [] }: Step & { kind: 'dispatch' }): void {
    if (this.#dispatches === DISPATCHES) this.flush();
    const { device, uniforms, workgroupsPerDimension } = this.#parts;
    const { pipeline, layout } = this.#pipelines.get(kernel)!;
    const offset = this.#dispatches++ * UNIFORM_ALIGNMENT;
    this.#uniforms.set([threads, ...immediates], offset / 4);
    const entries = [
      { binding: 0, resource: { buffer: uniforms, offset, size: 64 } },
      ...buffers.map((range, i) => ({
        binding: i + 1,
        resource: { buffer: this.#memory(range), offset: range.offset, size: range.bytes },
      })),
    ];
    const groups = Math.ceil(threads / kernel.workgroup);
    const rows = Math.ceil(groups / workgroupsPerDimension);
    this.#calls.push(() => {
      const pass = this.#openPass(kernel.name);
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ label: kernel.name, layout, entries }));
      pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
      if (this.#stopwatch !== undefined) this.#endPass();
    });
  }

  /** Calls happen in `flush`, all at once between two pushes of error scopes. */
  #command(call: (encoder: GPUCommandEncoder) => void): void {
    this.#calls.push(() => {
      this.#endPass();
      call(this.#open());
    });
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#parts.device.createCommandEncoder();
    return this.#encoder;
  }

  #openPass(label: string): GPUComputePassEncoder {
    this.#pass ??= this.#open().beginComputePass(
      this.#stopwatch ? { label, timestampWrites: this.#stopwatch.next() } : { label },
    );
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #memory({ buffer }: BufferRange): GPUBuffer {
    const memory = this.#parts.memoryOf(buffer);
    assert(memory !== undefined, `buffer ${buffer.id} was released or is another device's`);
    return memory;
  }
}
