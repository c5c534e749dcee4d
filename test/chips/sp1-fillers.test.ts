// What STYLE asks of every chip: all fillers make the oracle's rows and counts.

import { describe, expect, it } from 'vitest';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import { sampled } from '../depth.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { differences, type Filled, type Filler, javaScriptFiller, wasmFiller } from './fillers.ts';
import { honestEvents } from './honest.ts';

describe.each(CORE_CHIPS.map(chip => [chip.name, chip] as const))('fillers of %s', (_, chip) => {
  const events = honestEvents(chip, 50);
  const rows = events.map(event => evaluateRow(chip, event));
  const expected = (n: number): Filled => {
    const counts = new Map<number, number>();
    for (const row of rows.slice(0, n))
      for (const [slot, times] of row.counts) counts.set(slot, (counts.get(slot) ?? 0) + times);
    return {
      cells: rows.slice(0, n).map(({ cells }) => cells),
      counts: new Map([...counts].sort(([a], [b]) => a - b)),
    };
  };
  const fillers: readonly (readonly [name: string, make: () => Filler])[] = [
    ['JavaScript', () => javaScriptFiller(chip)],
    ['WebAssembly, one row at a time', () => wasmFiller(chip, 1)],
    ['WebAssembly, four rows at once', () => wasmFiller(chip)],
    ['WebAssembly, in groups of columns', () => wasmFiller(chip, 1024, 7)],
  ];

  it.each(sampled(fillers, 2))('in %s make the rows and counts of the oracle', (_name, make) => {
    const fill = make();
    for (const n of [0, 1, 31, 32, 33, events.length])
      expect(differences(chip, fill(events.slice(0, n)), expected(n))).toEqual([]);
  });
});
