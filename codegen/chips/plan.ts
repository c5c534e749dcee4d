// What a filler does for a row: operations on u32, which of them are stored in which column and which slots are counted.
// Wide chips are filled in groups of columns; what an earlier group stored is read from its column.

import { assert } from '../../runtime/errors.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { Interaction } from './air.ts';
import type { Chip } from './chip.ts';
import { lookupsOf } from './evaluate.ts';
import { lowering } from './lower.ts';
import { cellsRead } from './poly-text.ts';
import { graph, type U32 } from './u32.ts';
import type { Word } from './word.ts';

export interface FillPlan {
  readonly name: string;
  readonly field: PrimeField;
  /** u32 of an event. */
  readonly eventWords: number;
  /** Ascending by index: the place among the preprocessed columns, or among the others. */
  readonly columns: readonly { readonly index: number; readonly value: U32 }[];
  /** A slot is 0 where nothing is counted. */
  readonly counts: readonly { readonly slot: U32; readonly times: U32 }[];
  /** What padding rows have in these columns, in the order of `columns`; several rows are a cycle. */
  readonly padding: readonly (readonly number[])[];
}

/** Which columns to fill: [from, to). */
export interface ColumnRange {
  readonly from: number;
  readonly to: number;
}

/** Columns that one function fills well: beyond, V8 compiles badly and rows leave the cache. */
export const GROUP_COLUMNS = 512;

/** The plans that together fill all columns but the preprocessed ones. */
export function fillPlans(chip: Chip, groupColumns: number = GROUP_COLUMNS): FillPlan[] {
  const width = chip.columns.length - chip.fixed;
  const groups = Math.max(1, Math.ceil(width / groupColumns));
  const edge = (i: number): number => chip.fixed + Math.round((i * width) / groups);
  return Array.from({ length: groups }, (_, i) => fillPlan(chip, { from: edge(i), to: edge(i + 1) }));
}

/** The plan of the preprocessed columns. */
export function fixedPlan(chip: Chip): FillPlan {
  return { ...fillPlan(chip, { from: 0, to: chip.fixed }), counts: [] };
}

/** The plan of some columns, and of the lookups whose last column is among them. */
export function fillPlan(chip: Chip, { from, to }: ColumnRange): FillPlan {
  const g = graph();
  const base = from < chip.fixed ? 0 : chip.fixed;
  const earlier = new Map<Word, number>();
  for (const { word, index } of chip.columns.slice(chip.fixed, from))
    if (isCostly(word)) earlier.set(word, index - base);
  const stored = (word: Word): U32 | undefined => {
    const index = earlier.get(word);
    return index === undefined ? undefined : g.make('column', [], index);
  };
  const lower = lowering(g, chip.field, chip.event, stored);
  const columns = chip.columns
    .slice(from, to)
    .map(({ word, index }) => ({ index: index - base, value: lower(word, 'lo') }));
  const lookups = lookupsOf(chip).filter(({ interaction }) => {
    const last = lastColumn(chip, interaction);
    return last < to && (last >= from || from === chip.fixed);
  });
  return {
    name: chip.name,
    field: chip.field,
    eventWords: chip.event.bytes / 4,
    columns,
    counts: lookups.map(({ slot, times }) => {
      assert(
        times.min >= 0n && (times.constant !== undefined || times.max === 1n),
        'chips: a lookup is sent once or not',
      );
      const [at, n] = [lower(slot, 'lo'), lower(times, 'lo')];
      return { slot: g.make('select', [n.op === 'const' ? g.constant(1) : n, at, g.constant(0)]), times: n };
    }),
    padding: chip.padding.map(row => row.slice(from, to)),
  };
}

/** Whether reading a word back is less than computing it. */
function isCostly({ op, args }: Word): boolean {
  return op !== 'const' && op !== 'field' && !(op === 'bits' && args[0]!.op === 'field');
}

function lastColumn({ fixed }: Chip, { multiplicity, message }: Interaction): number {
  return Math.max(fixed, ...[multiplicity, ...message].flatMap(cellsRead).map(({ index }) => index));
}
