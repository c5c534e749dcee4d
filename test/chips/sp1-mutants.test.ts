// Of every chip: honest rows keep what it says, and no cell can be another without breaking a constraint, a lookup, or a
// message that somebody else must send.

import { describe, expect, it } from 'vitest';
import { checkRow, messagesOf, slotsOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import { sampled } from '../depth.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { honestEvents } from './honest.ts';

/** What finds `cells` with column `i` changed: the first rule, or that messages are others; undefined if nothing does. */
function whatCatches(chip: Chip, cells: readonly number[], i: number, change: number): string | undefined {
  const mutant = cells.with(i, chip.field.add(cells[i]!, change));
  const fault = checkRow(chip, { cells: mutant })[0];
  if (fault !== undefined) return fault.rule;
  const [before, after] = [cells, mutant].map(row => JSON.stringify(messagesOf(chip, { cells: row })));
  return before === after ? undefined : 'messages';
}

describe.each(CORE_CHIPS.map(chip => [chip.name, chip] as const))('%s', (_, chip) => {
  const rows = honestEvents(chip, 40, 7).map(event => evaluateRow(chip, event));

  it('holds on honest rows, which look up what is counted', () => {
    for (const row of rows) {
      expect(checkRow(chip, row)).toEqual([]);
      expect(slotsOf(chip, row)).toEqual(row.counts);
    }
    const padding = { cells: paddingRow(chip) };
    expect(checkRow(chip, padding)).toEqual([]);
    expect(messagesOf(chip, padding)).toEqual([]);
  });

  it('notices each cell that is one more', () => {
    const free = sampled(chip.columns, 8).filter(({ index }) =>
      rows
        .slice(0, Math.max(2, Math.floor(400 / chip.columns.length)))
        .some(({ cells }) => whatCatches(chip, cells, index, 1) === undefined),
    );
    expect(free.map(({ name }) => name)).toEqual([]);
  });
});
