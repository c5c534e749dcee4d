// The compiled fillers of chips over the memory of a shard in flight.

import type { Chip } from '../../codegen/chips/chip.ts';
import { type FillPlan, fillPlans, fixedPlan } from '../../codegen/chips/plan.ts';
import { planName } from '../../codegen/chips/print/print-text.ts';
import { EVENT_SLACK, printWasm } from '../../codegen/chips/print/print-wasm.ts';
import type { Columns } from '../../runtime/columns/columns.ts';
import {
  type FillFunction,
  type FillGroups,
  type FillPlace,
  fillPadding,
  fillRows,
} from '../../runtime/columns/fill.ts';
import { INVERSES, writeInverses } from '../../runtime/columns/inverses.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import { growTo } from '../../runtime/memory/grow.ts';
import { sharedMemory } from '../../runtime/memory/reserve.ts';
import type { WasmMemory, WasmModule } from '../../runtime/memory/wasm-types.ts';

/** Most pages of a WebAssembly memory. */
const MOST_PAGES = 65_536;

/** A memory for shards, one at a time. Throws ENVIRONMENT. */
export const shardMemory = (): WasmMemory => sharedMemory('shards', 1, MOST_PAGES);

const ALIGNMENT = 64;

export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Bytes from the events of a chip to what may follow them. */
export const eventRoom = (bytes: number): number => align(bytes + EVENT_SLACK);

export const INVERSE_BYTES: number = align(4 * INVERSES);

/** A chip's filler, compiled; of no memory yet. */
export interface ChipModule {
  readonly key: string;
  readonly module: WasmModule;
  /** Of its functions, group by group. */
  readonly names: readonly string[];
}

/** Other threads, which want the same modules: a chip's may take a second to plan, print and compile. */
export interface ModuleExchange {
  /** What others have made since this was last asked. */
  take(): Iterable<ChipModule>;
  give(module: ChipModule): void;
}

/** Modules of this thread, the same for every memory. */
export class ChipModules {
  readonly #made = new Map<string, ChipModule>();
  readonly #exchange: ModuleExchange | undefined;

  constructor(exchange?: ModuleExchange) {
    this.#exchange = exchange;
  }

  get(key: string, plans: () => readonly FillPlan[]): ChipModule {
    if (!this.#made.has(key)) for (const one of this.#exchange?.take() ?? []) this.#made.set(one.key, one);
    let found = this.#made.get(key);
    if (found === undefined) {
      const made = plans();
      const text = printWasm(made, { min: 1, max: MOST_PAGES, shared: true });
      found = { key, module: new WebAssembly.Module(text), names: made.map(planName) };
      this.#made.set(key, found);
      this.#exchange?.give(found);
    }
    return found;
  }
}

/** Rows of a chip from its events to its columns; byte addresses in the memory. */
export interface ChipRows {
  readonly events: number;
  readonly columns: number;
  readonly realRows: number;
  /** With padding. */
  readonly rows: number;
  readonly counts: number;
  readonly inverses: number;
}

/** Fills chips in a memory, in this thread. */
export class ChipFiller {
  readonly #memory: WasmMemory;
  readonly #modules: ChipModules;
  readonly #made = new Map<string, FillGroups>();

  constructor(memory: WasmMemory, modules: ChipModules) {
    this.#memory = memory;
    this.#modules = modules;
  }

  /** Of all threads only one may. */
  writeInverses(field: PrimeField, at: number): void {
    growTo(this.#memory, at + INVERSE_BYTES, refused);
    writeInverses(field, this.words(at, INVERSES));
  }

  /** Makes the memory at least so large. */
  reserve(bytes: number): void {
    growTo(this.#memory, bytes, refused);
  }

  /** A view of words, which another thread may have made room for. */
  words(at: number, count: number): Uint32Array {
    // Another thread's growth is not seen at once.
    if (this.#memory.buffer.byteLength < at + 4 * count) this.#memory.grow(0);
    return new Uint32Array(this.#memory.buffer, at, count);
  }

  bytes(at: number, count: number): Uint8Array {
    if (this.#memory.buffer.byteLength < at + count) this.#memory.grow(0);
    return new Uint8Array(this.#memory.buffer, at, count);
  }

  #filler(key: string, chip: Chip, plans: () => readonly FillPlan[], columns: readonly [number, number]): FillGroups {
    let found = this.#made.get(key);
    if (found === undefined) {
      const { module, names } = this.#modules.get(key, plans);
      const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
      found = {
        groups: names.map(name => exports[name] as FillFunction),
        eventBytes: chip.event.bytes,
        padding: chip.padding.map(row => row.slice(...columns)),
      };
      this.#made.set(key, found);
    }
    return found;
  }

  #main(chip: Chip): FillGroups {
    return this.#filler(chip.name, chip, () => fillPlans(chip), [chip.fixed, chip.columns.length]);
  }

  /** Fills rows [from, to) of the columns that are not preprocessed. */
  fill(chip: Chip, at: ChipRows, from: number, to: number): void {
    fillRows(this.#main(chip), placeOf(at), traceLayout(chip.columns.length - chip.fixed, at.rows), from, to);
  }

  /** Fills the padding; gives the columns. */
  finish(chip: Chip, at: ChipRows): Columns {
    return this.#finish(chip.name, this.#main(chip), at, chip.columns.length - chip.fixed);
  }

  /** The preprocessed columns. */
  fillFixed(chip: Chip, at: ChipRows): Columns {
    const filler = this.#filler(`${chip.name} fixed`, chip, () => [fixedPlan(chip)], [0, chip.fixed]);
    fillRows(filler, placeOf(at), traceLayout(chip.fixed, at.rows), 0, at.realRows);
    return this.#finish(chip.name, filler, at, chip.fixed);
  }

  #finish(name: string, filler: FillGroups, { columns, realRows, rows }: ChipRows, width: number): Columns {
    const layout = traceLayout(width, rows);
    const data = this.words(columns, layout.length);
    fillPadding(filler, data, layout, realRows);
    return { name, rows, realRows, width, stride: layout.stride, data };
  }
}

const refused = (mebibytes: number): string => `shards: the host refused ${mebibytes} MiB for a shard's columns`;

const placeOf = ({ events, columns, counts, inverses }: ChipRows): FillPlace => ({
  events,
  cells: columns,
  counts,
  inverses,
});
