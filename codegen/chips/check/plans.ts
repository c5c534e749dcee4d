// The fast checker: what a chip says as one more column over its columns, which any printer of fillers fills. It is 1 where
// a row breaks something; the checker (../check.ts) says what. Lookups are counted on the way, and the messages of other
// buses added up by their fingerprints.

import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import type { Constraint, Interaction } from '../air.ts';
import type { Chip } from '../chip.ts';
import { lowering } from '../lower.ts';
import type { FillPlan } from '../plan.ts';
import type { Poly } from '../poly.ts';
import { readsOf } from '../poly-text.ts';
import { type Graph, graph, type U32 } from '../u32.ts';
import { Word } from '../word.ts';
import { fingerprint } from './fingerprint.ts';
import { polyLowering } from './lower-poly.ts';

export interface CheckOptions {
  /** Of the fingerprints of messages. */
  readonly seed: number;
  /** Multiplicities of lookups, behind which the sums of the other buses are. */
  readonly slots: number;
  /** Behind the last row comes the first one. */
  readonly isCyclic?: boolean;
  /** Operations of a function, some more: V8 compiles large functions badly, and none of 7.6 MB. */
  readonly groupSize?: number;
}

/** Plans in order: the first of them writes the column, the others add to it. */
export interface CheckPlans {
  /** Of every row. */
  readonly rows: readonly FillPlan[];
  /** Of every row but the last. */
  readonly pairs: readonly FillPlan[];
}

const GROUP_SIZE = 6000;

/**
 * What rows keep: cells are elements of the field, constraints are 0, tables have what is looked up. Events are the
 * shard's public values, of which all rows have the same. What only the first or the last row keeps is not here.
 */
export function checkPlans(chip: Chip, options: CheckOptions): CheckPlans {
  const isOwn = ({ poly, rows }: Constraint): boolean =>
    rows === 'every' && (options.isCyclic === true || !readsOf(poly).isNext);
  const isPair = (one: Constraint): boolean => (one.rows === 'every' && !isOwn(one)) || one.rows === 'transition';
  const { constraints, interactions, columns } = chip;
  const own = grouping(chip, 'Check', options);
  for (const { index } of columns) own.add(group => outside(group, index));
  for (const one of constraints) if (isOwn(one)) own.add(group => group.value(one.poly));
  for (const one of interactions) own.add(group => spoken(group, one, options));
  const pairs = grouping(chip, 'CheckNext', options);
  for (const one of constraints) if (isPair(one)) pairs.add(group => group.value(one.poly));
  return { rows: own.plans(true), pairs: pairs.plans(false) };
}

/** The rows that have to do with sums that are not 0, as the same column; the sums lie where inverses do. */
export function suspectPlans(chip: Chip, options: CheckOptions): readonly FillPlan[] {
  const groups = grouping(chip, 'Suspect', options);
  for (const { bus, message, multiplicity } of chip.interactions) {
    if (bus.table !== undefined) continue;
    groups.add(({ g, value }) => {
      const { bucket } = fingerprint(g, bus.name, options.seed, message.map(value));
      return g.make('select', [isNot(g, value(multiplicity)), g.make('inverse', [bucket]), g.constant(0)]);
    });
  }
  return groups.plans(true);
}

interface Group {
  readonly g: Graph;
  readonly field: PrimeField;
  readonly value: (p: Poly) => U32;
  readonly chip: Chip;
  readonly counts: { readonly slot: U32; readonly times: U32 }[];
  broken: U32;
}

/** Gathers what must be 0 in groups of about a size. */
function grouping(
  chip: Chip,
  name: string,
  { groupSize = GROUP_SIZE }: CheckOptions,
): { add(say: (group: Group) => U32 | undefined): void; plans(begins: boolean): FillPlan[] } {
  const groups: Group[] = [];
  const open = (): Group => {
    const g = graph();
    const group = { g, field: chip.field, chip, value: polyLowering(g, chip), counts: [], broken: g.constant(0) };
    groups.push(group);
    return group;
  };
  const sizeOf = ({ broken }: Group): number => broken.id;
  return {
    add(say) {
      const last = groups.at(-1);
      const group = last === undefined || sizeOf(last) > groupSize ? open() : last;
      const broken = say(group);
      if (broken !== undefined) group.broken = group.g.make('or', [group.broken, broken]);
    },
    plans: begins =>
      groups.map(({ g, broken, counts }, i) => {
        const at = chip.columns.length;
        const before = begins && i === 0 ? g.constant(0) : g.make('column', [], at);
        const value = g.make('or', [isNot(g, broken), before]);
        return {
          name: `${name}${i}Of${chip.name}`,
          field: chip.field,
          eventWords: 0,
          columns: [{ index: at, value }],
          counts,
          padding: [[0]],
        };
      }),
  };
}

/** 1 unless it is 0. */
const isNot = (g: Graph, x: U32): U32 => not(g, g.make('eq', [x, g.constant(0)]));
const not = (g: Graph, x: U32): U32 => g.make('xor', [x, g.constant(1)]);

/** Whether a cell is no element of the field. */
function outside({ g, field }: Group, index: number): U32 {
  return not(g, g.make('ltU', [g.make('column', [], index), g.constant(field.modulus)]));
}

/** Counts or adds up a message; not 0 where its table has no such row, or it is not sent once or not at all. */
function spoken(group: Group, one: Interaction, { seed, slots }: CheckOptions): U32 | undefined {
  const { g, value, counts } = group;
  const times = value(one.multiplicity);
  if (one.bus.table === undefined) {
    const { bucket, weight } = fingerprint(g, one.bus.name, seed, one.message.map(value));
    const added = g.make('mul', [weight, isFlag(one.multiplicity) ? times : signed(group, times)]);
    counts.push({
      slot: g.make('add', [bucket, g.constant(slots)]),
      times: one.isSend ? added : g.make('sub', [g.constant(0), added]),
    });
    return undefined;
  }
  // A table receives: its multiplicities are compared with what is counted.
  if (!one.isSend) return undefined;
  const { slot, has } = asked(group, one);
  const isFound = g.make('and', [g.make('eq', [times, g.constant(1)]), has]);
  counts.push({ slot: g.make('select', [isFound, slot, g.constant(0)]), times: isFound });
  return g.make('select', [isNot(g, times), not(g, isFound), g.constant(0)]);
}

/** Sent once or not at all. */
const isFlag = (times: Poly): boolean =>
  times.constant !== undefined || (times.op === 'cell' && times.word.min >= 0n && times.word.max <= 1n);

/** An element of the field as the number next to 0 that it stands for. */
function signed({ g, field }: Group, x: U32): U32 {
  const isNegative = g.make('ltU', [g.constant((field.modulus - 1) / 2), x]);
  return g.make('select', [isNegative, g.make('sub', [x, g.constant(field.modulus)]), x]);
}

/** What a table says of a message of elements of the field: words that stand for values which are there. */
function asked({ g, field, chip, value }: Group, { bus, message }: Interaction): { slot: U32; has: U32 } {
  const stored = new Map<Word, U32>();
  const standIns = (bitsOf: (p: Poly) => number): Word[] =>
    message.map((p, i) => {
      if (p.constant !== undefined) return Word.of(field.of(p.constant));
      const word = Word.field('element', i, bitsOf(p));
      stored.set(word, value(p));
      return word;
    });
  const lower = lowering(g, field, chip.event, word => stored.get(word));
  const table = bus.table!;
  // A slot is asked for only of what the table has: elements are then as small as on real rows.
  const narrow = (p: Poly): number => Math.max(1, p.word.max.toString(2).length);
  return { slot: lower(table.slot(standIns(narrow)), 'lo'), has: lower(table.has(standIns(() => 31)), 'lo') };
}
