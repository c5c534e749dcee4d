// Columns of a chip by its printed JavaScript, as words of their own.

import type { Chip } from '../../../codegen/chips/chip.ts';
import { fillPlans } from '../../../codegen/chips/plan.ts';
import { printJavaScript } from '../../../codegen/chips/print/print-javascript.ts';
import { SLOTS } from '../../../codegen/chips/sp1/bytes.ts';
import type { JavaScriptFill } from '../../../codegen/wgsl/chip-kernel.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { inverseTable } from '../../../runtime/columns/inverses.ts';

const inverses = new Map<Chip['field'], Uint32Array>();

export function fillOnHost(chip: Chip, events: Uint32Array, rows: number): { columns: Columns; counts: Uint32Array } {
  const width = chip.columns.length - chip.fixed;
  const realRows = (4 * events.length) / chip.event.bytes;
  const stride = rows + 16;
  const data = new Uint32Array(new SharedArrayBuffer(4 * width * stride));
  const counts = new Uint32Array(SLOTS);
  const table = inverses.get(chip.field) ?? inverseTable(chip.field);
  inverses.set(chip.field, table);
  for (const plan of fillPlans(chip)) {
    const fill: JavaScriptFill = new Function(`return ${printJavaScript(plan)}`)();
    fill(events, 0, data, 0, stride, counts, table, realRows);
  }
  for (let column = 0; column < width; column++) {
    for (let row = realRows; row < rows; row++) {
      data[column * stride + row] = chip.padding[(row - realRows) % chip.padding.length]![chip.fixed + column]!;
    }
  }
  return { columns: { name: chip.name, rows, realRows, width, stride, data }, counts };
}
