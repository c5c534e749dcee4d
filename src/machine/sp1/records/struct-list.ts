// A growing list of events as structs, for those that are made one by one.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { type Event, writeEvent } from '../../../../codegen/chips/event.ts';

export class StructList {
  readonly #chip: Chip;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  length = 0;

  constructor(chip: Chip) {
    this.#chip = chip;
  }

  push(event: Event): void {
    const { bytes } = this.#chip.event;
    if ((this.length + 1) * bytes > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length + bytes);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    writeEvent(this.#chip.event, event, new DataView(this.#bytes.buffer), this.length * bytes);
    this.length++;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length * this.#chip.event.bytes);
  }
}
