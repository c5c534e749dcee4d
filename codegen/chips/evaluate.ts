// The oracle: the row of an event and what it counts, by BigInt, one word after the other.

import { assert } from '../../runtime/errors.ts';
import type { Interaction } from './air.ts';
import { type Chip, cellsOfRow } from './chip.ts';
import { wordEvaluator } from './evaluate-word.ts';
import type { Event } from './event.ts';
import type { Poly } from './poly.ts';
import { type Word, word } from './word.ts';

/** A row, and how often it looks up each slot of the multiplicities. */
export interface FilledRow {
  readonly cells: number[];
  readonly counts: Map<number, number>;
}

/** A lookup: where it is counted and how often. */
export interface Lookup {
  readonly interaction: Interaction;
  readonly slot: Word;
  readonly times: Word;
}

export interface ClaimedWord {
  readonly claim: Word;
  readonly computed: Word;
}

const LOOKUPS = new WeakMap<Chip, readonly Lookup[]>();
const CLAIMS = new WeakMap<Chip, readonly ClaimedWord[]>();

/** What a chip's rows count. */
export function lookupsOf(chip: Chip): readonly Lookup[] {
  return once(LOOKUPS, chip, collectLookups);
}

/** What a chip knows of polynomials beyond what they say. */
export function claimsOf(chip: Chip): readonly ClaimedWord[] {
  return once(CLAIMS, chip, collectClaims);
}

function once<T>(known: WeakMap<Chip, T>, chip: Chip, make: (chip: Chip) => T): T {
  const before = known.get(chip) ?? make(chip);
  known.set(chip, before);
  return before;
}

function collectLookups(chip: Chip): Lookup[] {
  return chip.interactions
    .filter(({ bus, isSend }) => isSend && bus.table !== undefined)
    .map(interaction => ({ interaction, slot: slotOf(interaction), times: interaction.multiplicity.word }))
    .filter(({ times }) => times.constant !== 0n);
}

const slotOf = ({ bus, message }: Interaction): Word => bus.table!.slot(message.map(p => p.word));

/** The row of an event. A claim (`as`) that does not hold there is our mistake. */
export function evaluateRow(chip: Chip, event: Event): FilledRow {
  const evaluate = wordEvaluator(chip.field, event);
  for (const { claim, computed } of claimsOf(chip)) {
    const [a, b] = [claim, computed].map(word => chip.field.of(evaluate(word)));
    assert(a === b, `chips: ${chip.name} claims ${a} of what is ${b}`);
  }
  const counts = new Map<number, number>();
  for (const { slot, times } of lookupsOf(chip)) {
    const [at, n] = [Number(evaluate(slot)), Number(evaluate(times))];
    if (n !== 0) counts.set(at, (counts.get(at) ?? 0) + n);
  }
  return { cells: cellsOfRow(chip.field, chip.columns, event), counts };
}

/** The padding row `i` rows after the last event. */
export function paddingRow(chip: Chip, i = 0): readonly number[] {
  return chip.padding[i % chip.padding.length]!;
}

function collectClaims(chip: Chip): ClaimedWord[] {
  const seen = new Set<Poly>();
  const claims: ClaimedWord[] = [];
  const visit = (p: Poly): void => {
    if (seen.has(p)) return;
    seen.add(p);
    if (p.op === 'as') claims.push({ claim: p.word, computed: p.args[0]!.word });
    for (const arg of p.args) visit(arg);
  };
  for (const { poly } of chip.constraints) visit(poly);
  for (const { multiplicity, message } of chip.interactions) for (const p of [multiplicity, ...message]) visit(p);
  return claims;
}

/** The slot of a message of known elements. */
export function slotOfValues(interaction: Interaction, message: readonly number[]): number {
  const slot = interaction.bus.table!.slot(message.map(value => word(value))).constant;
  assert(slot !== undefined, `chips: ${interaction.bus.name} counts ${message} nowhere`);
  return Number(slot);
}
