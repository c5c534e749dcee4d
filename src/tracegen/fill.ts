// Fills the columns of chips from events, in a memory of its own, and counts what their rows look up.

import type { Chip } from '../../codegen/chips/chip.ts';
import { type FillPlan, fillPlans, fixedPlan } from '../../codegen/chips/plan.ts';
import { functionName } from '../../codegen/chips/print-text.ts';
import { EVENT_SLACK, printWasm } from '../../codegen/chips/print-wasm.ts';
import { type Columns, strideFor } from '../../runtime/columns/columns.ts';
import { INVERSES, writeInverses } from '../../runtime/columns/inverses.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import { growTo } from '../../runtime/memory/grow.ts';
import { sharedMemory } from '../../runtime/memory/reserve.ts';

/** Most pages of a WebAssembly memory. */
const MOST_PAGES = 65_536;
/** Rows of one call: V8 does not replace a running frame of its first tier. */
const ROWS_PER_CALL = 4096;

type Fill = (events: number, columns: number, stride: number, counts: number, inverses: number, rows: number) => void;

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Fills one chip at a time; what it gave before is overwritten. */
export class Filler {
  readonly #memory = sharedMemory('columns', 1, MOST_PAGES);
  readonly #slots: number;
  readonly #functions = new Map<string, readonly Fill[]>();
  readonly #countsAt: number = align(4 * INVERSES);
  readonly #eventsAt: number;

  /** `slots`: how many multiplicities lookups have. */
  constructor(field: PrimeField, slots: number) {
    this.#slots = slots;
    this.#eventsAt = align(this.#countsAt + 4 * slots);
    this.#reserve(this.#eventsAt);
    writeInverses(field, new Uint32Array(this.#memory.buffer, 0, INVERSES));
  }

  /** Multiplicities since `clearCounts`. */
  get counts(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#countsAt, this.#slots);
  }

  clearCounts(): void {
    this.counts.fill(0);
  }

  #reserve(bytes: number): void {
    growTo(this.#memory, bytes, mib => `columns: the host refused ${mib} MiB`);
  }

  #compiled(name: string, plans: () => readonly FillPlan[]): readonly Fill[] {
    let found = this.#functions.get(name);
    if (found === undefined) {
      const made = plans();
      const module = new WebAssembly.Module(printWasm(made, { min: 1, max: MOST_PAGES, shared: true }));
      const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
      found = made.map(plan => exports[functionName(plan)] as Fill);
      this.#functions.set(name, found);
    }
    return found;
  }

  /** The columns, preprocessed ones left out, of rows with these events and of padding up to `rows`. */
  fill(chip: Chip, events: Uint8Array, rows: number): Columns {
    const fills = this.#compiled(chip.name, () => fillPlans(chip));
    return this.#fill(chip, fills, events, rows, [chip.fixed, chip.columns.length]);
  }

  /** The preprocessed columns. */
  fillFixed(chip: Chip, events: Uint8Array, rows: number): Columns {
    const fills = this.#compiled(`${chip.name} fixed`, () => [fixedPlan(chip)]);
    return this.#fill(chip, fills, events, rows, [0, chip.fixed]);
  }

  #fill(
    chip: Chip,
    fills: readonly Fill[],
    events: Uint8Array,
    rows: number,
    [first, end]: readonly [number, number],
  ): Columns {
    const { bytes } = chip.event;
    const realRows = events.length / bytes;
    const width = end - first;
    const stride = strideFor(rows);
    const columnsAt = align(this.#eventsAt + events.length + EVENT_SLACK);
    this.#reserve(columnsAt + 4 * width * stride);
    const { buffer } = this.#memory;
    new Uint8Array(buffer, this.#eventsAt, events.length).set(events);
    for (let row = 0; row < realRows; row += ROWS_PER_CALL) {
      const n = Math.min(ROWS_PER_CALL, realRows - row);
      for (const fill of fills) {
        fill(this.#eventsAt + row * bytes, columnsAt + 4 * row, 4 * stride, this.#countsAt, 0, n);
      }
    }
    const data = new Uint32Array(buffer, columnsAt, width * stride);
    pad(data, chip.padding, first, width, stride, realRows, rows);
    return { name: chip.name, rows, realRows, width, stride, data };
  }
}

function pad(
  data: Uint32Array,
  padding: Chip['padding'],
  first: number,
  width: number,
  stride: number,
  from: number,
  to: number,
): void {
  for (let column = 0; column < width; column++) {
    const base = column * stride;
    if (padding.length === 1) {
      data.fill(padding[0]![first + column]!, base + from, base + to);
      continue;
    }
    for (let row = from; row < to; row++) data[base + row] = padding[(row - from) % padding.length]![first + column]!;
  }
}
