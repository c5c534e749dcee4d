// What STYLE asks of every chip: all fillers make the oracle's rows and counts.

import { describe, expect, it } from 'vitest';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import * as alu from '../../codegen/chips/sp1/alu.ts';
import { javaScriptFiller } from './fillers.ts';
import { honestEvents } from './honest.ts';

describe.each(Object.values(alu).map(chip => [chip.name, chip] as const))('fillers of %s', (_, chip) => {
  it('make the rows and counts of the oracle', () => {
    const events = honestEvents(chip, 200);
    const rows = events.map(event => evaluateRow(chip, event));
    const counts = new Map<number, number>();
    for (const row of rows) for (const [slot, n] of row.counts) counts.set(slot, (counts.get(slot) ?? 0) + n);
    const made = javaScriptFiller(chip)(events);
    expect(made.cells).toEqual(rows.map(({ cells }) => cells));
    expect([...made.counts].sort(([a], [b]) => a - b)).toEqual([...counts].sort(([a], [b]) => a - b));
  });
});
