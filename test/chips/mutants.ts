// One cell of a row changed: what notices it. A changed message of a bus between chips counts, for nobody receives it; so do
// constraints of the row before, which read the next one.

import { type CheckedRow, checkRow, messagesOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { columnsOf } from '../../codegen/chips/poly-text.ts';

/** What a chip says of each column. */
function readersOf(chip: Chip): Map<string, Pick<Chip, 'constraints' | 'interactions'>> {
  const readers = new Map(
    chip.columns.map(({ name }) => [name, { constraints: [], interactions: [] } as ReturnType<typeof empty>]),
  );
  const nameOf = (column: string): string => column.replace(/'$/, '');
  for (const one of chip.constraints)
    for (const name of new Set(columnsOf(one.poly).map(nameOf))) readers.get(name)!.constraints.push(one);
  for (const one of chip.interactions) {
    const names = [one.multiplicity, ...one.message].flatMap(columnsOf);
    for (const name of new Set(names)) readers.get(name)!.interactions.push(one);
  }
  return readers;
}

const empty = (): { constraints: Chip['constraints'][number][]; interactions: Chip['interactions'][number][] } => ({
  constraints: [],
  interactions: [],
});

/** Columns of a row of which nothing notices that they are one more. */
export function unnoticed(chip: Chip, row: CheckedRow, before?: readonly number[]): string[] {
  const readers = readersOf(chip);
  return chip.columns.flatMap(({ name, index }) => {
    const part: Chip = { ...lean(chip), ...readers.get(name)! };
    const cells = [...row.cells];
    cells[index] = (cells[index]! + 1) % chip.field.modulus;
    if (checkRow(part, { ...row, cells }).length > 0) return [];
    if (before !== undefined && checkRow(part, { cells: before, next: cells }).length > 0) return [];
    const buses = { ...part, interactions: part.interactions.filter(({ bus }) => bus.table === undefined) };
    const [was, is] = [messagesOf(buses, row), messagesOf(buses, { ...row, cells })];
    return JSON.stringify(was) === JSON.stringify(is) ? [name] : [];
  });
}

/** Without what is computed when asked for. */
function lean({ name, field, event, columns, fixed }: Chip): Chip {
  return { name, field, event, columns, fixed, constraints: [], interactions: [], padding: [] };
}
