// A precompile call as a chunk tells it: its clock, its arguments and its entries; and how these become fields of events.

import type { EventLayout } from '../../../../../codegen/chips/event.ts';
import type { Struct } from '../../../../../runtime/curves/field-program.ts';
import { assert } from '../../../../../runtime/errors.ts';
import { ENTRY_WORDS, HIGH } from '../../../../../runtime/layout.ts';
import type { Traffic } from '../../syscalls/precompiles.ts';

export interface PrecompileCall {
  readonly code: number;
  /** Of the ecall. */
  readonly clk: number;
  /** a0 to a4. */
  readonly args: readonly number[];
  /** Clocks of the last accesses of a2 to a4, for calls that have more than two pointers. */
  readonly registerClks: readonly number[];
  /** Entries as u32: clock low and high, value low and high. */
  readonly entries: Int32Array;
  /** Where in `entries` those of the call begin. */
  readonly first: number;
}

/** Writes a number of up to 53 bits at `at` bytes. */
export function putU64({ i32 }: Struct, at: number, value: number): void {
  i32[at >> 2] = value | 0;
  i32[(at >> 2) + 1] = (value / HIGH) | 0;
}

/** Bytes from an event's start to a field. */
export function offsetOf(layout: EventLayout, field: string): number {
  const place = layout.fields.get(field);
  assert(place !== undefined, `records: an event without ${field}`);
  return place.offset;
}

/** Where granules of an access go: lists of an event. */
export interface GranuleFields {
  readonly prev?: string;
  readonly stamp?: string;
  /** What was written. */
  readonly next?: string;
}

/** One list of an event, filled from entries. */
interface Copy {
  /** Word of the call's entries, and how many from one to the next. */
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly to: number;
}

/** Fills lists of an event from the call's entries, at the event's place. */
export type EntryCopier = (call: PrecompileCall, struct: Struct, at: number) => void;

/** Of each stamped access in turn its granules' fields: all in one, or one after the other. */
export function entryCopier(
  layout: EventLayout,
  accesses: readonly Traffic[],
  fields: readonly (readonly GranuleFields[])[],
): EntryCopier {
  const copies: Copy[] = [];
  let word = 0;
  let stamped = 0;
  for (const { kind, granules } of accesses) {
    const step = kind === 'write' ? 2 * ENTRY_WORDS : ENTRY_WORDS;
    if (kind !== 'unsafe') {
      let from = word;
      for (const group of fields[stamped++] ?? []) {
        const count = Math.max(...Object.values(group).map(name => layout.fields.get(name)?.count ?? 0));
        const put = (name: string | undefined, offset: number): void => {
          if (name !== undefined) copies.push({ from: from + offset, step, count, to: offsetOf(layout, name) });
        };
        put(group.stamp, 0);
        put(group.prev, 2);
        put(group.next, ENTRY_WORDS + 2);
        from += count * step;
      }
    }
    word += step * granules;
  }
  return ({ entries, first }, { i32 }, at) => {
    for (const { from, step, count, to } of copies) {
      let source = first + from;
      let target = (at + to) >> 2;
      for (let i = 0; i < count; i++) {
        i32[target] = entries[source]!;
        i32[target + 1] = entries[source + 1]!;
        source += step;
        target += 2;
      }
    }
  };
}
