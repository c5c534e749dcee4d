// Traces that stay on a device, in the dense layout, for whoever commits to them there; any of them can be read back.

import type { Columns } from '../../../runtime/columns/columns.ts';
import type { JaggedGroup, JaggedLayout, JaggedPlace } from '../../../runtime/columns/jagged.ts';
import { assert } from '../../../runtime/errors.ts';
import { type BufferRange, type Device, type DeviceBuffer, type Step, whole } from '../../../runtime/gpu/device.ts';
import { sharedBuffer } from '../../../runtime/memory/shared-buffer.ts';
import type { CellPlace } from './places.ts';

const CELL_BYTES = 4;

export class DeviceTraces {
  readonly layout: JaggedLayout;
  readonly #device: Device;
  readonly #release: () => void;
  #dense: DeviceBuffer | undefined;
  #index: DeviceBuffer | undefined;

  /** `release` gives back the permit for device memory. */
  constructor(device: Device, layout: JaggedLayout, release: () => void) {
    this.#device = device;
    this.layout = layout;
    this.#release = release;
  }

  /** Zeros. */
  async allocate(): Promise<void> {
    const { cells } = this.layout;
    this.#dense = await this.#device.allocate(cells * CELL_BYTES, 'traces');
    this.#index = await this.#device.allocate((cells / 2) * CELL_BYTES, 'index of columns');
    await this.#device.run([{ kind: 'clear', range: this.dense }]);
  }

  /** Canonical elements. */
  get dense(): BufferRange {
    return whole(this.#held(this.#dense), this.layout.cells * CELL_BYTES);
  }

  /** Of each pair of cells its column. */
  get columnIndex(): BufferRange {
    return whole(this.#held(this.#index), (this.layout.cells / 2) * CELL_BYTES);
  }

  #held(buffer: DeviceBuffer | undefined): DeviceBuffer {
    assert(buffer !== undefined, 'tracegen: traces of a device were released');
    return buffer;
  }

  placeIn(group: JaggedGroup, name: string): CellPlace {
    return this.#placeOf(placeNamed(group, name));
  }

  #placeOf({ offset, width, rows }: JaggedPlace): CellPlace {
    const range = { buffer: this.dense.buffer, offset: offset * CELL_BYTES, bytes: width * rows * CELL_BYTES };
    return { range, stride: rows };
  }

  /** What brings a trace of the host to its place. */
  uploadSteps(group: JaggedGroup, { name, width, rows, stride, data }: Columns): Step[] {
    const place = placeNamed(group, name);
    assert(place.width === width && place.rows === rows, `tracegen: ${name} has another size than was said`);
    const { range } = this.#placeOf(place);
    return Array.from({ length: width }, (_, column) => ({
      kind: 'upload',
      from: data.subarray(column * stride, column * stride + rows),
      to: { ...range, offset: range.offset + column * rows * CELL_BYTES, bytes: rows * CELL_BYTES },
    }));
  }

  /** The columns of a trace, in memory of their own. */
  async read(group: JaggedGroup, name: string, realRows: number): Promise<Columns> {
    const { width, rows, ...place } = placeNamed(group, name);
    const data = new Uint32Array(sharedBuffer(width * rows * CELL_BYTES));
    const { range } = this.#placeOf({ ...place, width, rows });
    await this.#device.run([{ kind: 'download', from: range, to: data }]);
    return { name, rows, realRows, width, stride: rows, data };
  }

  /** Everything, as it lies on the device. */
  async readAll(): Promise<{ readonly dense: Uint32Array; readonly columnIndex: Uint32Array }> {
    const { cells } = this.layout;
    const dense = new Uint32Array(sharedBuffer(cells * CELL_BYTES));
    const index = new Uint32Array(sharedBuffer((cells / 2) * CELL_BYTES));
    await this.#device.run([
      { kind: 'download', from: this.dense, to: dense },
      { kind: 'download', from: this.columnIndex, to: index },
    ]);
    return { dense, columnIndex: index };
  }

  /** May be called more than once, when nothing that uses the traces is under way. */
  release(): void {
    for (const buffer of [this.#dense, this.#index]) if (buffer !== undefined) this.#device.release(buffer);
    this.#dense = undefined;
    this.#index = undefined;
    this.#release();
  }
}

function placeNamed({ places }: JaggedGroup, name: string): JaggedPlace {
  const place = places.find(one => one.name === name);
  assert(place !== undefined, `tracegen: no trace of ${name} was planned`);
  return place;
}
