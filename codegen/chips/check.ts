// The checker: whether rows keep what their chip says, and what they send, from their cells alone.

import type { Constraint, LookupTable } from './air.ts';
import type { Chip } from './chip.ts';
import { slotOfValues } from './evaluate.ts';
import type { Cell, Poly } from './poly.ts';
import { columnsOf, readsOf, text } from './poly-text.ts';
import { word } from './word.ts';

type Values = readonly number[];

/** A row with what its polynomials may read besides. */
export interface CheckedRow {
  readonly cells: Values;
  /** The row after it, or the first one after the last; without, nothing that reads it is asked. */
  readonly next?: Values | undefined;
  /** Whether it is the first, and the last of its trace. */
  readonly isFirst?: boolean;
  readonly isLast?: boolean;
  /** Without, nothing that reads public values is asked. */
  readonly publicValues?: Values | undefined;
}

/** What a row breaks: a constraint, or a lookup of what its table has not. */
export interface Violation {
  readonly rule: string;
  readonly columns: readonly string[];
  /** What should have been 0, or the message. */
  readonly values: Values;
}

export interface Message {
  readonly bus: string;
  readonly isSend: boolean;
  readonly multiplicity: number;
  readonly values: Values;
}

/** All faults of a row, not only the first. */
export function checkRow(chip: Chip, row: CheckedRow): Violation[] {
  const evaluate = polyEvaluator(chip, row);
  const constraints = chip.constraints.flatMap((constraint): Violation[] => {
    if (!isAskable(constraint, row)) return [];
    const value = evaluate(constraint.poly);
    if (value === 0) return [];
    return [{ rule: ruleOf(constraint), columns: columnsOf(constraint.poly), values: [value] }];
  });
  const lookups = chip.interactions.flatMap((interaction): Violation[] => {
    const { bus, message, multiplicity } = interaction;
    if (bus.table === undefined || !interaction.isSend || evaluate(multiplicity) === 0) return [];
    const values = message.map(evaluate);
    if (isThere(bus.table, values)) return [];
    const columns = [...new Set([multiplicity, ...message].flatMap(columnsOf))];
    return [{ rule: `${bus.name}(${message.map(text).join(', ')})`, columns, values }];
  });
  return [...constraints, ...lookups];
}

/** What a row sends and receives. */
export function messagesOf(chip: Chip, row: CheckedRow): Message[] {
  const evaluate = polyEvaluator(chip, row);
  return chip.interactions.flatMap(({ bus, isSend, multiplicity, message }) => {
    const times = evaluate(multiplicity);
    return times === 0 ? [] : [{ bus: bus.name, isSend, multiplicity: times, values: message.map(evaluate) }];
  });
}

/** How often a row's messages name each slot of the multiplicities: of a right row, what was counted in filling it. */
export function slotsOf(chip: Chip, row: CheckedRow): Map<number, number> {
  const evaluate = polyEvaluator(chip, row);
  const slots = new Map<number, number>();
  for (const interaction of chip.interactions) {
    if (!interaction.isSend || interaction.bus.table === undefined) continue;
    const times = evaluate(interaction.multiplicity);
    const message = interaction.message.map(evaluate);
    if (times === 0 || !isThere(interaction.bus.table, message)) continue;
    const slot = slotOfValues(interaction, message);
    slots.set(slot, (slots.get(slot) ?? 0) + times);
  }
  return slots;
}

const isThere = (table: LookupTable, message: Values): boolean => table.has(message.map(word)).constant === 1n;

/** A constraint in words: its reason, if it has one, and what it says. */
export function ruleOf({ poly, rows, reason }: Constraint): string {
  const said = rows === 'every' ? `${text(poly)} = 0` : `${text(poly)} = 0 ${WHERE[rows]}`;
  return reason === undefined ? said : `${reason}: ${said}`;
}

const WHERE = { first: 'on the first row', last: 'on the last row', transition: 'between rows' } as const;

/** The value of polynomials in the chip's field, on one row. */
export function polyEvaluator(chip: Chip, { cells, next, publicValues }: CheckedRow): (p: Poly) => number {
  const { field } = chip;
  const known = new Map<Poly, number>();
  const inverses = new Map<bigint, number>();
  const compute = (p: Poly): number => {
    const { op, args, value } = p;
    const at = (i: number): number => evaluate(args[i]!);
    switch (op) {
      case 'const':
        return field.of(value);
      case 'cell':
        return cells[(p as Cell).index]!;
      case 'next':
        return next![(args[0] as Cell).index]!;
      case 'public':
        return publicValues![Number(value)]!;
      case 'add':
        return field.add(at(0), at(1));
      case 'sub':
        return field.sub(at(0), at(1));
      case 'mul':
        return field.mul(at(0), at(1));
      case 'as':
        return at(0);
      case 'over': {
        if (!inverses.has(value)) inverses.set(value, field.inverse(field.of(value)));
        return field.mul(at(0), inverses.get(value)!);
      }
    }
  };
  const evaluate = (p: Poly): number => {
    const before = known.get(p);
    if (before !== undefined) return before;
    const value = compute(p);
    known.set(p, value);
    return value;
  };
  return evaluate;
}

/** Whether the constraint is of this row, and all that it reads is there. */
function isAskable({ poly, rows }: Constraint, { next, publicValues, isFirst, isLast }: CheckedRow): boolean {
  if (rows === 'first' ? !isFirst : rows === 'last' ? !isLast : rows === 'transition' && isLast) return false;
  const { isNext, isPublic } = readsOf(poly);
  return (!isNext || next !== undefined) && (!isPublic || publicValues !== undefined);
}
