import { describe, expect, it } from 'vitest';
import { checkRow, slotsOf } from '../../codegen/chips/check.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { cellsOfUpstream, eventOf, upstreamRows } from './sp1-rows.ts';

describe.each(CORE_CHIPS.map(chip => [chip.name, chip] as const))('%s', (name, chip) => {
  const files = upstreamRows(name);

  it('has as many columns as in SP1', () => {
    expect(files.map(({ width }) => width)).toEqual(files.map(() => chip.columns.length - chip.fixed));
  });

  it('makes the rows that SP1 makes, and they keep what it says', () => {
    for (const { row, from, columns } of files.flatMap(({ list }) => list)) {
      const made = evaluateRow(chip, eventOf(chip, row, from, columns));
      expect([row, made.cells.slice(chip.fixed)]).toEqual([row, cellsOfUpstream(chip, columns)]);
      expect(checkRow(chip, made)).toEqual([]);
      expect(slotsOf(chip, made)).toEqual(made.counts);
    }
  });

  it.skipIf(chip.fixed > 0)('pads as SP1 does', () => {
    const padding = paddingRow(chip);
    expect(padding).toEqual(cellsOfUpstream(chip, files[0]!.padding ?? {}));
    expect(checkRow(chip, { cells: padding })).toEqual([]);
    expect(slotsOf(chip, { cells: padding }).size).toBe(0);
  });
});

it('refuses chips that are not there by name', () => {
  expect(sp1Chip('Add').name).toBe('Add');
  expect(() => sp1Chip('Mprotect')).toThrow(/chip Mprotect cannot be made/);
});
