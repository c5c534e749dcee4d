// Structs of a chip's events, for those that are made one by one.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { assert } from '../../../../runtime/errors.ts';

export type StructFields = Readonly<Record<string, number | readonly number[]>>;

export class Structs {
  readonly #chip: Chip;
  readonly #fields: readonly {
    readonly name: string;
    readonly offset: number;
    readonly stride: number;
    readonly count: number;
  }[];
  #view: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(1024));
  length = 0;

  constructor(chip: Chip) {
    this.#chip = chip;
    this.#fields = [...chip.event.fields].map(([name, { offset, stride, count }]) => ({ name, offset, stride, count }));
  }

  push(event: StructFields): void {
    const { bytes } = this.#chip.event;
    if ((this.length + 1) * bytes > this.#view.byteLength) {
      const longer = new Uint8Array(2 * this.#view.byteLength + bytes);
      longer.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(longer.buffer);
    }
    const at = this.length * bytes;
    for (let f = 0; f < this.#fields.length; f++) {
      const { name, offset, stride, count } = this.#fields[f]!;
      const value = event[name];
      assert(value !== undefined, `openvm: an event of ${this.#chip.name} without ${name}`);
      if (typeof value === 'number') put(this.#view, at + offset, stride, value);
      else for (let i = 0; i < count; i++) put(this.#view, at + offset + i * stride, stride, value[i]!);
    }
    this.length++;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#view.buffer, 0, this.length * this.#chip.event.bytes);
  }
}

function put(view: DataView, at: number, bytes: number, value: number): void {
  if (bytes === 4) view.setUint32(at, value, true);
  else if (bytes === 2) view.setUint16(at, value, true);
  else view.setUint8(at, value);
}
