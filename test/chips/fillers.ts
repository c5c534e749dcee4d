// Every way to fill rows, behind one door: structs of events in, cells and counts out.

import type { Chip } from '../../codegen/chips/chip.ts';
import { type Event, writeEvent } from '../../codegen/chips/event.ts';
import { OPENVM_SLOTS } from '../../codegen/chips/openvm/lookups.ts';
import { fillPlans } from '../../codegen/chips/plan.ts';
import { printJavaScript } from '../../codegen/chips/print/print-javascript.ts';
import { planName } from '../../codegen/chips/print/print-text.ts';
import { EVENT_SLACK, printWasm } from '../../codegen/chips/print/print-wasm.ts';
import { SLOTS as SP1_SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { INVERSES, inverseTable } from '../../runtime/columns/inverses.ts';
import { babyBear } from '../../runtime/fields/baby-bear.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';

/** By field: inverses, and how many multiplicities lookups have. */
export const TABLES: ReadonlyMap<PrimeField, { readonly inverses: Uint32Array; readonly slots: number }> = new Map([
  [koalaBear, { inverses: inverseTable(koalaBear), slots: SP1_SLOTS }],
  [babyBear, { inverses: inverseTable(babyBear), slots: OPENVM_SLOTS }],
]);

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
  // Most of a table is 0, of which pairs are skipped.
  const pairs = new BigUint64Array(counts.buffer, counts.byteOffset, counts.length / 2);
  for (let at = 0; at < pairs.length; at++) {
    if (pairs[at] === 0n) continue;
    for (const slot of [2 * at, 2 * at + 1]) if (counts[slot] !== 0) found.set(slot, counts[slot]!);
  }
  return found;
}

/** Where two fillings differ: the first few cells by their columns' names, and slots. */
export function differences(chip: Chip, made: Filled, expected: Filled): string[] {
  const found: string[] = [];
  if (made.cells.length !== expected.cells.length) found.push(`${made.cells.length} rows`);
  for (const [row, cells] of expected.cells.entries()) {
    for (const [i, cell] of cells.slice(chip.fixed).entries()) {
      const other = made.cells[row]?.[i];
      if (other !== cell) found.push(`row ${row}: ${chip.columns[chip.fixed + i]!.name} is ${other}, not ${cell}`);
    }
  }
  for (const slot of new Set([...made.counts.keys(), ...expected.counts.keys()])) {
    const [a, b] = [made.counts.get(slot) ?? 0, expected.counts.get(slot) ?? 0];
    if (a !== b) found.push(`slot ${slot} is counted ${a} times, not ${b}`);
  }
  return found.slice(0, 20);
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
  const { inverses, slots } = TABLES.get(chip.field)!;
  const width = chip.columns.length - chip.fixed;
  return events => {
    const stride = events.length + 3;
    const [columns, counts] = [new Uint32Array(width * stride), new Uint32Array(slots)];
    const structs = new Uint32Array(eventBytes(chip, events).buffer);
    for (const fill of functions) fill(structs, 0, columns, 0, stride, counts, inverses, events.length);
    return { cells: rowsOf(columns, width, stride, events.length), counts: nonZero(counts) };
  };
}

/** Fills by WebAssembly, in calls of at most `rowsPerCall`: of 1, only the rows that are left over are made; else four at once. */
export function wasmFiller(chip: Chip, rowsPerCall = 1024, groupColumns?: number): Filler {
  const plans = fillPlans(chip, groupColumns);
  const module = new WebAssembly.Module(printWasm(plans, { min: 1 }));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = plans.map(plan => exports[planName(plan)] as (...parameters: number[]) => void);
  const width = chip.columns.length - chip.fixed;
  const { inverses: table, slots } = TABLES.get(chip.field)!;
  return events => {
    const structs = eventBytes(chip, events);
    const stride = 4 * Math.ceil(events.length / 4 + 1);
    const inverses = 0;
    const counts = inverses + 4 * INVERSES;
    const columns = counts + 4 * slots;
    const first = columns + 4 * stride * width;
    const bytes = first + structs.length + EVENT_SLACK;
    const missing = Math.ceil(bytes / 65_536) - memory.buffer.byteLength / 65_536;
    if (missing > 0) memory.grow(missing);
    new Uint32Array(memory.buffer, inverses, INVERSES).set(table);
    const counted = new Uint32Array(memory.buffer, counts, slots).fill(0);
    new Uint8Array(memory.buffer, first).fill(0xff); // what is behind the events must not be used
    new Uint8Array(memory.buffer, first).set(structs.subarray(0, events.length * chip.event.bytes));
    const cells = new Uint32Array(memory.buffer, columns, width * stride).fill(0);
    for (let row = 0; row < events.length; row += rowsPerCall) {
      const rows = Math.min(rowsPerCall, events.length - row);
      for (const fill of functions) {
        fill(first + row * chip.event.bytes, columns + 4 * row, 4 * stride, counts, inverses, rows);
      }
    }
    return { cells: rowsOf(cells, width, stride, events.length), counts: nonZero(counted) };
  };
}
