// Fills the columns of chips from events one chip after the other, and counts what their rows look up.

import type { Chip } from '../../codegen/chips/chip.ts';
import type { Columns } from '../../runtime/columns/columns.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import { align, ChipFiller, ChipModules, type ChipRows, eventRoom, INVERSE_BYTES, shardMemory } from './fill.ts';

const COUNTS_AT = INVERSE_BYTES;

/** In a memory of its own; what it gave before is overwritten. */
export class Filler {
  readonly #filler = new ChipFiller(shardMemory(), new ChipModules());
  readonly #slots: number;
  readonly #eventsAt: number;

  /** `slots`: how many multiplicities lookups have. */
  constructor(field: PrimeField, slots: number) {
    this.#slots = slots;
    this.#eventsAt = align(COUNTS_AT + 4 * slots);
    this.#filler.reserve(this.#eventsAt);
    this.#filler.writeInverses(field, 0);
  }

  /** Multiplicities since `clearCounts`. */
  get counts(): Uint32Array {
    return this.#filler.words(COUNTS_AT, this.#slots);
  }

  clearCounts(): void {
    this.counts.fill(0);
  }

  /** The columns, preprocessed ones left out, of rows with these events and of padding up to `rows`. */
  fill(chip: Chip, events: Uint8Array, rows: number): Columns {
    const at = this.#place(chip, events, rows, chip.columns.length - chip.fixed);
    this.#filler.fill(chip, at, 0, at.realRows);
    return this.#filler.finish(chip, at);
  }

  /** The preprocessed columns. */
  fillFixed(chip: Chip, events: Uint8Array, rows: number): Columns {
    return this.#filler.fillFixed(chip, this.#place(chip, events, rows, chip.fixed));
  }

  #place(chip: Chip, events: Uint8Array, rows: number, width: number): ChipRows {
    const columns = this.#eventsAt + eventRoom(events.length);
    this.#filler.reserve(columns + 4 * traceLayout(width, rows).length);
    this.#filler.bytes(this.#eventsAt, events.length).set(events);
    const realRows = events.length / chip.event.bytes;
    return { events: this.#eventsAt, columns, realRows, rows, counts: COUNTS_AT, inverses: 0 };
  }
}
