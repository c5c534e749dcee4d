// Every way to fill rows, behind one door: structs of events in, cells and counts out.

import type { Chip } from '../../codegen/chips/chip.ts';
import { type Event, writeEvent } from '../../codegen/chips/event.ts';
import { fillPlans } from '../../codegen/chips/plan.ts';
import { printJavaScript } from '../../codegen/chips/print-javascript.ts';
import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { inverseTable } from '../../runtime/columns/inverses.ts';

export interface Filled {
  /** Row by row. */
  readonly cells: number[][];
  readonly counts: Map<number, number>;
}

/** Fills rows for events, without padding. */
export type Filler = (events: readonly Event[]) => Filled;

export function eventBytes(chip: Chip, events: readonly Event[]): Uint8Array {
  const bytes = new Uint8Array(events.length * chip.event.bytes + 16);
  const view = new DataView(bytes.buffer);
  events.forEach((event, i) => {
    writeEvent(chip.event, event, view, i * chip.event.bytes);
  });
  return bytes;
}

export function rowsOf(columns: Uint32Array, width: number, stride: number, rows: number): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (_, i) => columns[i * stride + row]!));
}

export function nonZero(counts: Uint32Array): Map<number, number> {
  const found = new Map<number, number>();
  counts.forEach((count, slot) => {
    if (count !== 0) found.set(slot, count);
  });
  return found;
}

type FillFunction = (
  events: Uint32Array,
  firstEvent: number,
  columns: Uint32Array,
  firstCell: number,
  stride: number,
  counts: Uint32Array,
  inverses: Uint32Array,
  rows: number,
) => void;

export function javaScriptFiller(chip: Chip, groupColumns?: number): Filler {
  const functions = fillPlans(chip, groupColumns).map(
    plan => new Function(`return ${printJavaScript(plan)}`)() as FillFunction,
  );
  const inverses = inverseTable(chip.field);
  const width = chip.columns.length - chip.fixed;
  return events => {
    const stride = events.length + 3;
    const [columns, counts] = [new Uint32Array(width * stride), new Uint32Array(SLOTS)];
    const structs = new Uint32Array(eventBytes(chip, events).buffer);
    for (const fill of functions) fill(structs, 0, columns, 0, stride, counts, inverses, events.length);
    return { cells: rowsOf(columns, width, stride, events.length), counts: nonZero(counts) };
  };
}
