// What STYLE asks of every chip, of those of precompiles: no cell may be changed unnoticed, fillers make the oracle's rows.

import { describe, expect, it } from 'vitest';
import { checkRow, slotsOf } from '../../codegen/chips/check.ts';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import { PRECOMPILE_CHIPS } from '../../codegen/chips/sp1/precompiles/index.ts';
import { enrichersOf } from '../../src/machine/sp1/records/enrich/index.ts';
import { differences, javaScriptFiller, wasmFiller } from './fillers.ts';
import { unnoticed } from './mutants.ts';
import { eventsOf, readEvents } from './precompile-calls.ts';
import { randomCalls } from './random-calls.ts';
import { callsOfRun } from './run-calls.ts';

const real = callsOfRun('precompiles');
const random = randomCalls(7, 3);

describe.each(PRECOMPILE_CHIPS.map(chip => [chip.name, chip] as const))('%s', (name, chip) => {
  const isOwn = ({ code }: { readonly code: number }): boolean => enrichersOf(code).some(one => one.chip === chip);
  const calls = name.startsWith('Secp256k1') ? real.filter(isOwn) : random.filter(isOwn);
  const perCall = calls.map(call => readEvents(chip, eventsOf(chip, call)));
  // Of chips with many rows for each call, some of each.
  const events = perCall.flatMap(rows => rows.filter((_, i) => rows.length < 30 || i % 7 === 0));

  it('keeps its constraints at edges of clocks and addresses; fillers make the rows and counts of the oracle', () => {
    const rows = events.map(event => evaluateRow(chip, event));
    for (const row of rows) {
      expect(checkRow(chip, row).slice(0, 3)).toEqual([]);
      expect(slotsOf(chip, row)).toEqual(row.counts);
    }
    const counts = new Map<number, number>();
    for (const row of rows) for (const [slot, n] of row.counts) counts.set(slot, (counts.get(slot) ?? 0) + n);
    const expected = { cells: rows.map(({ cells }) => cells), counts: new Map([...counts].sort(([a], [b]) => a - b)) };
    for (const fill of [javaScriptFiller(chip, 256), wasmFiller(chip), wasmFiller(chip, 1)]) {
      expect(differences(chip, fill(events), expected)).toEqual([]);
    }
  });

  it('notices each cell that is changed', () => {
    const rows = perCall[0]!.map(event => evaluateRow(chip, event).cells);
    // Every phase of a call once.
    const places = rows.length === 1 ? [0] : rows.length === 80 ? [3, 20, 75] : [1];
    const loose = places.map(i => new Set(unnoticed(chip, { cells: rows[i]!, next: rows[i + 1] }, rows[i - 1])));
    expect([...loose[0]!].filter(column => loose.every(one => one.has(column)))).toEqual([]);
  });
});
