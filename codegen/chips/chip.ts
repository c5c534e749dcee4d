// A chip: a description that is run once. What it returned is the layout: its keys, in order, are the columns' names.

import { assert } from '../../runtime/errors.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import { Air, type Constraint, type Interaction, type Said } from './air.ts';
import { wordEvaluator } from './evaluate-word.ts';
import {
  type Event,
  type EventFields,
  type EventLayout,
  type EventValues,
  type EventWords,
  eventLayout,
  placedIn,
  wordsOf,
} from './event.ts';
import { Cell, Limbs } from './poly.ts';

/** Cells by name. Blocks that are layouts are types: an interface has no index signature. */
export type Layout = Cell | Limbs | readonly Layout[] | { readonly [name: string]: Layout };

export interface Chip {
  readonly name: string;
  readonly field: PrimeField;
  readonly event: EventLayout;
  /** In order: first the preprocessed ones. */
  readonly columns: readonly Cell[];
  /** How many columns are preprocessed: the same in every shard of a program. */
  readonly fixed: number;
  readonly constraints: readonly Constraint[];
  readonly interactions: readonly Interaction[];
  /** Padding row i is the row i mod n of these n, from the first padding row on. */
  readonly padding: readonly (readonly number[])[];
}

export interface ChipOptions<F extends EventFields> {
  /** Padding rows are the rows of these events, in cycles; without, all zero but for `air.pad`. */
  readonly padding?: () => readonly EventValues<F>[];
  /** Where fields lie, of events that are structs of somebody else's; without, they are laid out here. */
  readonly layout?: EventLayout;
}

export function chip<F extends EventFields>(
  field: PrimeField,
  name: string,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => { readonly [name: string]: Layout },
  options: ChipOptions<F> = {},
): Chip {
  return define(field, name, fields, (air, event) => [{}, describe(air, event)], options);
}

/** A chip with preprocessed columns: the description returns their layout, then that of the others. */
export function table<F extends EventFields>(
  field: PrimeField,
  name: string,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => readonly [fixed: Layout, main: Layout],
  options: ChipOptions<F> = {},
): Chip {
  return define(field, name, fields, describe, options);
}

function define<F extends EventFields>(
  field: PrimeField,
  name: string,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => readonly [fixed: Layout, main: Layout],
  { padding, layout }: ChipOptions<F>,
): Chip {
  let described: Described | undefined;
  const own = (): Described => {
    described ??= describedBy(name, (air: Air) => describe(air, wordsOf(fields)));
    return described;
  };
  let paddingRows: readonly (readonly number[])[] | undefined;
  return {
    name,
    field,
    event: layout === undefined ? eventLayout(fields) : placedIn(layout, fields),
    get columns() {
      return own().columns;
    },
    get fixed() {
      return own().fixed;
    },
    get constraints() {
      const { said } = own();
      for (const say of said.later.splice(0)) say();
      return said.constraints;
    },
    get interactions() {
      return own().said.interactions;
    },
    get padding() {
      const { columns, said } = own();
      paddingRows ??= padding?.().map(event => cellsOfRow(field, columns, event)) ?? [padded(field, columns, said)];
      return paddingRows;
    },
  };
}

interface Described {
  readonly said: Said;
  readonly columns: readonly Cell[];
  readonly fixed: number;
}

/** Runs a description, once: when something but the event is first asked for, since those of all chips take most of a second. */
function describedBy(name: string, describe: (air: Air) => readonly [fixed: Layout, main: Layout]): Described {
  const said: Said = { cells: [], constraints: [], interactions: [], later: [], padLater: [], pads: new Map() };
  const [fixedLayout, mainLayout] = describe(new Air(said));
  const fixed = [...flatten('', fixedLayout)];
  const named = [...fixed, ...flatten('', mainLayout)];
  for (const [index, [path, cell]] of named.entries()) cell.place(path, index);
  const columns = named.map(([, cell]) => cell);
  const loose = said.cells.filter(cell => !cell.isPlaced).length;
  assert(loose === 0, `chips: ${loose} cells of ${name} were made and not returned`);
  assert(new Set(columns.map(column => column.name)).size === columns.length, `chips: ${name} has a name twice`);
  return { said, columns, fixed: fixed.length };
}

/** The cells of an event's row. */
export function cellsOfRow(field: PrimeField, columns: readonly Cell[], event: Event): number[] {
  const evaluate = wordEvaluator(field, event);
  return columns.map(column => {
    const value = evaluate(column.word);
    assert(value >= 0n && value < BigInt(field.modulus), `chips: ${column.name} is ${value}, no element of the field`);
    return Number(value);
  });
}

function padded(field: PrimeField, columns: readonly Cell[], { pads, padLater }: Said): number[] {
  for (const say of padLater.splice(0)) say();
  return columns.map(column => field.of(pads.get(column) ?? 0));
}

/** The cells of a layout with their paths, in order. */
export function* flatten(path: string, layout: Layout): Generator<[path: string, cell: Cell]> {
  if (layout instanceof Cell) yield [path, layout];
  else if (layout instanceof Limbs) yield* flatten(path, layout.cells);
  else if (isList(layout)) for (const [i, part] of layout.entries()) yield* flatten(`${path}[${i}]`, part);
  else for (const [key, part] of Object.entries(layout)) yield* flatten(path === '' ? key : `${path}.${key}`, part);
}

const isList = (layout: Layout): layout is readonly Layout[] => Array.isArray(layout);
