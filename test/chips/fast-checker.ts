// Both checkers on the same rows: honest ones, padding, and rows with one cell changed.

import { expect } from 'vitest';
import { type CheckedRow, checkRow, messagesOf, slotsOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { paddingRow } from '../../codegen/chips/evaluate.ts';
import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { type Columns, strideFor } from '../../runtime/columns/columns.ts';
import { RowChecker } from '../../src/tracegen/row-checker.ts';
import { random } from './honest.ts';

type Cells = readonly number[];

const checker = new RowChecker({ seed: 1, slots: SLOTS }, 160);
/** Some that rows of system calls do not agree with. */
const publicValues = Array.from({ length: 160 }, (_, i) => (i * 37) % 251);

function columnsOf({ name, columns }: Chip, rows: readonly Cells[]): Columns {
  const stride = strideFor(rows.length);
  const data = new Uint32Array(columns.length * stride);
  for (const [row, cells] of rows.entries()) for (const [i, x] of cells.entries()) data[i * stride + row] = x;
  return { name, rows: rows.length, realRows: rows.length, width: columns.length, stride, data };
}

/** Every `step`-th column of some honest row changed. */
export function expectSameFaults(chip: Chip, honest: readonly Cells[], step: number): void {
  const r = random(11);
  const mutants = chip.columns
    .filter(({ index }) => index % step === 0)
    .map(({ index }) => {
      const row = r.of(honest);
      return row.with(index, chip.field.add(row[index]!, r.of([1, 1, 2, Number(r.bits(30))])));
    });
  const rows = [...honest, paddingRow(chip), ...mutants];
  const slow = rows.map((cells, i): CheckedRow => ({ cells, next: rows[i + 1], publicValues }));
  const expected = slow.flatMap((row, i) => (checkRow(chip, row).length > 0 ? [i] : []));
  checker.begin(publicValues);
  const found = checker.check(chip, [columnsOf(chip, rows)], 1e6);
  expect(found).toEqual({ rows: expected, count: expected.length });
}

export function expectSameCounts(chip: Chip, honest: readonly Cells[]): void {
  checker.begin(publicValues);
  checker.check(chip, [columnsOf(chip, [...honest, paddingRow(chip)])], 0);
  const counts = new Uint32Array(SLOTS);
  for (const cells of honest) for (const [slot, n] of slotsOf(chip, { cells })) counts[slot] = counts[slot]! + n;
  expect(Buffer.compare(Buffer.from(counts.buffer), Buffer.from(checker.counts.slice().buffer))).toBe(0);
  const others = messagesOf(chip, { cells: honest[0]! }).filter(({ bus }) => bus !== 'Byte');
  expect(checker.isBalanced).toBe(others.length === 0);
  for (const { bus, values } of others) expect(checker.isSuspect(bus, values)).toBe(true);
}

export function findsWhatIsNoElement(chip: Chip, honest: Cells): boolean {
  const rows = chip.columns.map(({ index }) => honest.with(index, honest[index]! + chip.field.modulus));
  checker.begin(publicValues);
  return checker.check(chip, [columnsOf(chip, rows)], 0).count === rows.length;
}
