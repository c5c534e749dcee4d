// Columns that a device fills and the host gets back, as many chips at a time as device memory holds.

import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import { type BufferRange, type Device, type DeviceBuffer, type Step, whole } from '../../../runtime/gpu/device.ts';
import { sharedBuffer } from '../../../runtime/memory/shared-buffer.ts';
import { COUNT_TABLES, countSteps } from './chip-steps.ts';
import { type ChipWork, workBytes } from './chip-work.ts';
import { type DeviceConstants, uploadConstants } from './constants.ts';

const WORD = 4;

export interface HostColumns {
  readonly work: ChipWork;
  /** Words from one column to the next. */
  readonly stride: number;
  /** The columns, `stride` × width words; on shared memory they come down without a copy. */
  readonly into: Uint32Array;
}

export interface HostFillerOptions {
  readonly field: PrimeField;
  readonly slots: number;
  readonly constants: Uint32Array;
}

export class HostFiller {
  readonly #device: Device;
  readonly #options: HostFillerOptions;
  #constants: Promise<DeviceConstants> | undefined;

  constructor(device: Device, options: HostFillerOptions) {
    this.#device = device;
    this.#options = options;
  }

  /** Whether the device can fill the chip at all. */
  fits({ work, stride }: Pick<HostColumns, 'work' | 'stride'>): boolean {
    const { info, permit } = this.#device;
    return work.fits(stride, info.limits) && this.#bytes({ work, stride }) + this.#countBytes <= permit.total;
  }

  get #countBytes(): number {
    return WORD * this.#options.slots * COUNT_TABLES;
  }

  #bytes({ work, stride }: Pick<HostColumns, 'work' | 'stride'>): number {
    return WORD * stride * work.width + workBytes(work);
  }

  /** Fills all of them, padding rows too, and adds what their rows look up to `counts`. */
  async fill(all: readonly HostColumns[], counts: Uint32Array, signal?: AbortSignal): Promise<void> {
    const { field, constants } = this.#options;
    this.#constants ??= uploadConstants(this.#device, field, constants);
    const fixed = await this.#constants;
    const most = this.#device.permit.total - this.#countBytes;
    for (let from = 0; from < all.length; ) {
      let bytes = 0;
      let end = from;
      while (end < all.length && (end === from || bytes + this.#bytes(all[end]!) <= most))
        bytes += this.#bytes(all[end++]!);
      const some = all.slice(from, end);
      await this.#device.permit.with(
        bytes + this.#countBytes,
        () => this.#fillSome(some, counts, fixed, signal),
        signal,
      );
      from = end;
    }
  }

  async #fillSome(
    some: readonly HostColumns[],
    counts: Uint32Array,
    fixed: DeviceConstants,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const taken: DeviceBuffer[] = [];
    const take = async (bytes: number): Promise<BufferRange> => {
      const buffer = await this.#device.allocate(Math.max(bytes, WORD));
      taken.push(buffer);
      return whole(buffer, Math.max(bytes, WORD));
    };
    try {
      const tables = { range: await take(this.#countBytes), slots: this.#options.slots };
      const shared = { ...fixed, counts: tables, limits: this.#device.info.limits };
      const up: Step[] = [{ kind: 'clear', range: tables.range }];
      const down: Step[] = [];
      for (const { work, stride, into } of some) {
        const events = await take(work.events.byteLength);
        const range = await take(into.byteLength);
        const scratch = await Promise.all(work.scratch.map(take));
        if (work.events.length > 0) up.push({ kind: 'upload', from: work.events, to: events });
        up.push(...work.steps({ range, stride }, events, scratch, shared));
        down.push({ kind: 'download', from: range, to: into });
      }
      const counted = new Uint32Array(sharedBuffer(WORD * tables.slots));
      await this.#device.run([...up, ...down, ...countSteps(tables, counted)], { ...(signal && { signal }) });
      for (let slot = 0; slot < counted.length; slot++) counts[slot] = counts[slot]! + counted[slot]!;
    } finally {
      for (const buffer of taken) this.#device.release(buffer);
    }
  }
}
