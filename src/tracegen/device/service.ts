// Fills chips on a device for threads that cannot wait for promises.

import type { Device } from '../../../runtime/gpu/device.ts';
import type { ChipWork } from './chip-work.ts';
import { type HostColumns, HostFiller, type HostFillerOptions } from './host-columns.ts';
import { type FillRequest, REPLY, type RequestedChip, STATE } from './requests.ts';

export interface DeviceServiceOptions {
  /** Told once: no more is asked of the device after that. */
  readonly onFailure: (error: Error) => void;
}

/** What a machine's chips are on a device. */
export interface DeviceChips extends HostFillerOptions {
  readonly workOf: (name: string, events: Uint32Array, rows: number) => ChipWork;
}

export class DeviceService {
  readonly #filler: HostFiller;
  readonly #chips: DeviceChips;
  readonly #options: DeviceServiceOptions;
  #failed = false;

  constructor(device: Device, chips: DeviceChips, options: DeviceServiceOptions) {
    this.#chips = chips;
    this.#options = options;
    this.#filler = new HostFiller(device, chips);
  }

  /** Never rejects: what was not filled is told in the reply. */
  async serve({ memory, chips, counts, reply }: FillRequest): Promise<void> {
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

  #columnsOf(memory: SharedArrayBuffer, chip: RequestedChip): HostColumns {
    const work = this.#chips.workOf(chip.name, new Uint32Array(memory, chip.events, chip.eventBytes / 4), chip.rows);
    return { work, stride: chip.stride, into: new Uint32Array(memory, chip.columns, chip.stride * work.width) };
  }
}
