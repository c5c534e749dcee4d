import { describe, expect, it } from 'vitest';
import { checkRow, slotsOf } from '../../codegen/chips/check.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import * as alu from '../../codegen/chips/sp1/alu.ts';
import { cellsOfUpstream, instructionEvent, upstreamRows } from './sp1-rows.ts';

describe.each(Object.values(alu).map(chip => [chip.name, chip] as const))('%s', (name, chip) => {
  const files = upstreamRows(name);

  it('has as many columns as in SP1', () => {
    expect(files.map(({ width }) => width)).toEqual([chip.columns.length]);
  });

  it('makes the rows that SP1 makes, and they keep what it says', () => {
    for (const { row, from, columns } of files.flatMap(({ list }) => list)) {
      const made = evaluateRow(chip, instructionEvent(chip, from));
      expect([row, made.cells]).toEqual([row, cellsOfUpstream(chip, columns)]);
      expect(checkRow(chip, made)).toEqual([]);
      expect(slotsOf(chip, made)).toEqual(made.counts);
    }
  });

  it('pads as SP1 does', () => {
    const padding = paddingRow(chip);
    expect(padding).toEqual(cellsOfUpstream(chip, files[0]!.padding ?? {}));
    expect(checkRow(chip, { cells: padding })).toEqual([]);
    expect(slotsOf(chip, { cells: padding }).size).toBe(0);
  });
});
