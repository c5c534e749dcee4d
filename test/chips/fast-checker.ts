// Both checkers on the same rows: honest ones, padding, and rows with one cell changed.

import { expect } from 'vitest';
import { type CheckedRow, checkRow, messagesOf, slotsOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { paddingRow } from '../../codegen/chips/evaluate.ts';
import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import type { Columns } from '../../runtime/columns/columns.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import { RowChecker } from '../../src/tracegen/row-checker.ts';
import { random } from './honest.ts';

type Cells = readonly number[];

const checker = new RowChecker({ seed: 1, slots: SLOTS }, 160);
/** Some that rows of system calls do not agree with. */
const publicValues = Array.from({ length: 160 }, (_, i) => (i * 37) % 251);

function columnsOf({ name, columns }: Chip, rows: readonly Cells[]): Columns {
  const stride = traceLayout(columns.length, rows.length).stride;
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

/** Messages that these rows send more often than they receive, or less: what one row tells the next is answered. */
function unanswered(chip: Chip, rows: readonly Cells[]): readonly { readonly bus: string; readonly values: Cells }[] {
  const { field } = chip;
  const nets = new Map<string, { readonly bus: string; readonly values: Cells; net: number }>();
  for (const { bus, isSend, multiplicity, values } of rows.flatMap(cells => messagesOf(chip, { cells }))) {
    if (bus === 'Byte') continue;
    const key = `${bus} ${values.join()}`;
    const one = nets.get(key) ?? { bus, values, net: 0 };
    one.net = field.add(one.net, isSend ? multiplicity : field.modulus - multiplicity);
    nets.set(key, one);
  }
  return [...nets.values()].filter(({ net }) => net !== 0);
}

export function expectSameCounts(chip: Chip, honest: readonly Cells[]): void {
  checker.begin(publicValues);
  checker.check(chip, [columnsOf(chip, [...honest, paddingRow(chip)])], 0);
  const counts = new Uint32Array(SLOTS);
  for (const cells of honest) for (const [slot, n] of slotsOf(chip, { cells })) counts[slot] = counts[slot]! + n;
  expect(Buffer.compare(Buffer.from(counts.buffer), Buffer.from(checker.counts.slice().buffer))).toBe(0);
  const left = unanswered(chip, honest);
  expect(checker.isBalanced).toBe(left.length === 0);
  for (const { bus, values } of left) expect(checker.isSuspect(bus, values)).toBe(true);
}

export function findsWhatIsNoElement(chip: Chip, honest: Cells): boolean {
  const rows = chip.columns.map(({ index }) => honest.with(index, honest[index]! + chip.field.modulus));
  checker.begin(publicValues);
  return checker.check(chip, [columnsOf(chip, rows)], 0).count === rows.length;
}
