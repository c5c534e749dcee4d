// Rings of mapped buffers through which words travel. Copies go through mapped memory only: to write from a view on a
// SharedArrayBuffer by the queue ends the process (Dawn, webgpu 0.6.2).

import type { WordArray } from '../device.ts';
import type { RingSize } from '../open-options.ts';
import { MAP, USAGE } from './constants.ts';

/** A piece of an upload that lies in a slot. */
export interface Staged {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly words: number;
}

/** Slots that the host fills and a copy on the queue empties. */
export class UploadRing {
  readonly #slots: GPUBuffer[];
  readonly #slotWords: number;
  /** Slots in the order in which they come free; the first `#mapped` of them may be written. */
  #mapped: number;
  #view: Uint32Array | undefined;
  #used = 0;
  readonly #filled: GPUBuffer[] = [];

  constructor(device: GPUDevice, { slots, slotBytes }: RingSize) {
    const usage = USAGE.mapWrite | USAGE.copySource;
    this.#slotWords = slotBytes / 4;
    this.#slots = Array.from({ length: slots }, (_, i) =>
      device.createBuffer({ label: `upload ${i}`, size: slotBytes, usage, mappedAtCreation: true }),
    );
    this.#mapped = slots;
  }

  /** Puts the first words into what is left of the open slot; undefined where all slots are with the queue. */
  stage(words: WordArray): Staged | undefined {
    const buffer = this.#slots[0]!;
    if (this.#mapped === 0) return undefined;
    this.#view ??= new Uint32Array(buffer.getMappedRange());
    const count = Math.min(words.length, this.#slotWords - this.#used);
    this.#view.set(words.subarray(0, count), this.#used);
    const staged = { buffer, offset: this.#used * 4, words: count };
    this.#used += count;
    if (this.#used === this.#slotWords) this.#close();
    return staged;
  }

  /** Ends the writing of slots; to be called before their copies are submitted. */
  unmap(): void {
    if (this.#used > 0) this.#close();
    for (const slot of this.#filled) slot.unmap();
    this.#filled.length = 0;
  }

  /** Waits for the oldest slot; its copy must have been submitted. */
  async reclaim(): Promise<void> {
    const oldest = this.#slots[this.#mapped]!;
    await oldest.mapAsync(MAP.write);
    this.#mapped++;
  }

  get slots(): readonly GPUBuffer[] {
    return this.#slots;
  }

  #close(): void {
    this.#view = undefined;
    this.#used = 0;
    this.#mapped--;
    const slot = this.#slots.shift()!;
    this.#slots.push(slot);
    this.#filled.push(slot);
  }
}

/** Slots that a copy on the queue fills and the host empties. */
export class DownloadRing {
  readonly #free: GPUBuffer[];
  readonly #waiting: (() => void)[] = [];
  readonly slotBytes: number;

  constructor(device: GPUDevice, { slots, slotBytes }: RingSize) {
    const usage = USAGE.mapRead | USAGE.copyTarget;
    this.slotBytes = slotBytes;
    this.#free = Array.from({ length: slots }, (_, i) =>
      device.createBuffer({ label: `download ${i}`, size: slotBytes, usage }),
    );
  }

  take(): GPUBuffer | undefined {
    return this.#free.pop();
  }

  /** Resolves when a slot has come free. */
  async free(): Promise<void> {
    if (this.#free.length === 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /** Copies a slot out once its copy is done, and frees it. */
  async empty(slot: GPUBuffer, pieces: readonly { readonly to: WordArray; readonly offset: number }[]): Promise<void> {
    await slot.mapAsync(MAP.read);
    const words = new Uint32Array(slot.getMappedRange());
    for (const { to, offset } of pieces) to.set(words.subarray(offset / 4, offset / 4 + to.length));
    slot.unmap();
    this.#free.push(slot);
    this.#waiting.shift()?.();
  }
}
