// Fills chips on a device for threads that cannot wait for promises: they ask by a port and sleep on a word of shared memory.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { globalConstants } from '../../../../codegen/wgsl/sp1-global.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { Device } from '../../../../runtime/gpu/device.ts';
import { type ChipWork, chipWork } from '../../../tracegen/device/chip-work.ts';
import { type HostColumns, HostFiller } from '../../../tracegen/device/host-columns.ts';
import type { ChipName } from '../records/chips.ts';
import { globalWork } from './global-work.ts';

/** Where a chip's events and columns are; bytes in the request's memory. */
export interface GpuChip {
  readonly name: ChipName;
  /** Structs; of Global, messages of GLOBAL_EVENT_WORDS. */
  readonly events: number;
  readonly eventBytes: number;
  /** With padding. */
  readonly rows: number;
  readonly columns: number;
  /** Words from one column to the next. */
  readonly stride: number;
}

export const REPLY = { state: 0, chips: 1, words: 65 } as const;
export const STATE = { asked: 0, done: 1, failed: 2 } as const;

export interface GpuRequest {
  readonly memory: SharedArrayBuffer;
  readonly chips: readonly GpuChip[];
  /** Shared memory for what the chips look up, a word a slot; means nothing unless all went well. */
  readonly counts: Uint32Array;
  /** REPLY: the state, which is notified, and by chip whether it was filled. */
  readonly reply: Int32Array;
}

export interface GpuServiceOptions {
  /** Told once: no more is asked of the device after that. */
  readonly onFailure: (error: Error) => void;
}

export class GpuService {
  readonly #device: Device;
  readonly #filler: HostFiller;
  readonly #options: GpuServiceOptions;
  #failed = false;

  constructor(device: Device, options: GpuServiceOptions) {
    this.#device = device;
    this.#options = options;
    this.#filler = new HostFiller(device, { field: koalaBear, slots: SLOTS, constants: globalConstants() });
  }

  /** Never rejects: what was not filled is told in the reply. */
  async serve({ memory, chips, counts, reply }: GpuRequest): Promise<void> {
    let state: number = STATE.failed;
    try {
      if (!this.#failed) {
        const all = chips.map(chip => this.#columnsOf(memory, chip));
        const fitting = all.map(one => this.#filler.fits(one));
        const fillable = all.filter((_, i) => fitting[i]);
        await this.#filler.fill(fillable, counts.fill(0));
        for (const [i, fits] of fitting.entries()) reply[REPLY.chips + i] = fits ? 1 : 0;
        state = STATE.done;
      }
    } catch (error) {
      this.#failed = true;
      this.#options.onFailure(error as Error);
    } finally {
      Atomics.store(reply, REPLY.state, state);
      Atomics.notify(reply, REPLY.state);
    }
  }

  #columnsOf(memory: SharedArrayBuffer, chip: GpuChip): HostColumns {
    const work = this.#workOf(chip, new Uint32Array(memory, chip.events, chip.eventBytes / 4));
    return { work, stride: chip.stride, into: new Uint32Array(memory, chip.columns, chip.stride * work.width) };
  }

  #workOf({ name, rows }: GpuChip, events: Uint32Array): ChipWork {
    // Drivers that compute on the processor take a minute to compile what is written out.
    if (name === 'Global') return globalWork(events, rows, this.#device.info.software ? 'loop' : 'written');
    return chipWork(sp1Chip(name), events, rows);
  }
}
