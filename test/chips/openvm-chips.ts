// What is asked of every chip, of OpenVM's: fillers make the oracle's rows and counts; honest rows keep what the chip and
// upstream's key say, and a row with a cell changed breaks both or neither, and says the same to others.

import { describe, expect, it } from 'vitest';
import { type CheckedRow, checkRow, messagesOf, slotsOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { evaluateRow, type FilledRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import { BUS_INDEX } from '../../codegen/chips/openvm/buses.ts';
import { babyBear } from '../../runtime/fields/baby-bear.ts';
import { differences, type Filler, javaScriptFiller, wasmFiller } from './fillers.ts';
import { honestRecords } from './openvm-honest.ts';
import { ofKey, selectorsOf } from './openvm-key.ts';

/** `WebAssembly` fills rows four at once, and those that are left one by one. */
export const FILLERS: Readonly<Record<string, (chip: Chip) => Filler>> = {
  JavaScript: chip => javaScriptFiller(chip),
  WebAssembly: chip => wasmFiller(chip),
  'WebAssembly, one row at a time': chip => wasmFiller(chip, 1),
  'WebAssembly, in groups of columns': chip => wasmFiller(chip, 1024, 7),
};

interface Depth {
  readonly fillers: readonly string[];
  /** Columns that are changed: each n-th one. */
  readonly eachColumn: number;
  readonly seed: number;
}

/** Not a multiple of four. */
const ROWS = 31;

export function describeChip(chip: Chip, { fillers, eachColumn, seed }: Depth): void {
  describe(chip.name, () => {
    const events = honestRecords(chip, ROWS, seed);
    const rows = events.map(event => evaluateRow(chip, event));

    it.each(fillers)('is filled in %s as by the oracle', name => {
      const counts = new Map<number, number>();
      for (const row of rows) for (const [slot, times] of row.counts) counts.set(slot, (counts.get(slot) ?? 0) + times);
      const expected = { cells: rows.map(({ cells }) => cells), counts };
      expect(differences(chip, FILLERS[name]!(chip)(events), expected)).toEqual([]);
    });

    it('holds on honest rows, which look up what is counted', () => holds(chip, rows));

    it('agrees with the key on rows in which one cell is another', () => {
      const [row, next] = [rows[0]!.cells, rows[1]!.cells];
      const publicValues = Array.from({ length: 16 }, (_, i) => i);
      for (const { index } of chip.columns.filter((_, i) => i % eachColumn === seed % eachColumn)) {
        const cells = row.with(index, babyBear.add(row[index]!, 1));
        compare(chip, { cells, next, publicValues, isFirst: index % 3 === 0, isLast: index % 3 === 1 });
      }
    });
  });
}

function holds(chip: Chip, rows: readonly FilledRow[]): void {
  const own = { ...chip, constraints: chip.constraints.filter(({ rows: where }) => where === 'every') };
  for (const { cells, counts } of rows.slice(0, 16)) {
    expect(checkRow(own, { cells })).toEqual([]);
    expect(slotsOf(own, { cells, next: cells })).toEqual(counts);
  }
  const padding = { cells: paddingRow(chip), next: paddingRow(chip) };
  if (chip.fixed === 0) expect([checkRow(own, padding), messagesOf(chip, padding)]).toEqual([[], []]);
}

/** Both checkers on a row: whether it breaks a constraint, and what it says. */
function compare(chip: Chip, row: CheckedRow): void {
  const key = ofKey(chip, row, selectorsOf(row));
  const constraintsOnly = { ...chip, interactions: [], constraints: chip.constraints };
  const isBroken = key.constraints.some(value => value !== 0);
  expect(checkRow(constraintsOnly, row).length > 0).toBe(isBroken);
  const said = messagesOf(chip, row).map(({ bus, isSend, multiplicity, values }) => ({
    bus: BUS_INDEX[bus],
    count: isSend ? multiplicity : babyBear.sub(0, multiplicity),
    message: values,
  }));
  expect(said).toEqual(key.messages.filter(({ count }) => count !== 0));
}
