// Compares columns with what they should be, cell by cell.

import { eventOfRow } from '../../../../codegen/chips/check/event-of-row.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import type { FailureList } from '../../../tracegen/failures.ts';

/** Cells of a chip that are named; others are counted. */
const MOST_CELLS = 10;

/** Adds cells of `found` that are not those of `expected`, which have as many rows and columns. */
export function compareColumns(shard: number, expected: Columns, found: Columns, failures: FailureList): void {
  const chip = sp1Chip(expected.name);
  let named = 0;
  for (let column = 0; column < expected.width; column++) {
    const [a, b] = [columnOf(expected, column), columnOf(found, column)];
    for (let row = 0; row < expected.rows; row++) {
      if (a[row] === b[row]) continue;
      if (++named > MOST_CELLS) {
        failures.uncounted(1);
        continue;
      }
      const { name } = chip.columns[chip.fixed + column]!;
      const event = chip.fixed > 0 ? {} : eventOfRow(chip, rowOf(expected, row));
      const rule = `the cell that the chunks give: ${a[row]}`;
      failures.add({ shard, chip: chip.name, row, columns: [name], rule, values: [b[row]!], event });
    }
  }
}

const columnOf = ({ data, stride, rows }: Columns, column: number): Uint32Array =>
  data.subarray(column * stride, column * stride + rows);

function rowOf({ data, width, stride }: Columns, row: number): number[] {
  return Array.from({ length: width }, (_, i) => data[i * stride + row]!);
}
