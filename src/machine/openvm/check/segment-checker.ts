// Checks a segment from its columns and public values alone: rows keep what their AIRs say, buses balance, and the tables
// count what is looked up. Reference: stark-backend:src/air_builders/debug, v1.2.0.

import { eventOfRow } from '../../../../codegen/chips/check/event-of-row.ts';
import { type CheckedRow, checkRow } from '../../../../codegen/chips/check.ts';
import type { Chip } from '../../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS, SLOT_OF } from '../../../../codegen/chips/openvm/lookups.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { babyBear, P } from '../../../../runtime/fields/baby-bear.ts';
import { Balance } from '../../../tracegen/balance.ts';
import { FailureList } from '../../../tracegen/failures.ts';
import { RowChecker } from '../../../tracegen/row-checker.ts';

/** What a check knows of a segment besides columns. */
export interface SegmentOfColumns {
  readonly index: number;
  /** By AIR; of most there are none. */
  publicValues(air: string): readonly number[];
}

/** A segment as a check takes it whole. */
export interface CheckableSegment extends SegmentOfColumns {
  /** Of AIRs that have rows, preprocessed and cached ones left out. Gone through once, and once more where buses do not balance. */
  columns(): Iterable<Columns>;
}

/** Rows of an AIR that are looked at closely: what broke one row has often broken many. */
const MOST_ROWS = 20;
const MOST_PUBLIC_VALUES = 16;
/** Keys of fingerprints. */
const SEED = 0x5eed;
/** Where the multiplicities of each table's columns begin. */
const TABLES: Readonly<Record<string, readonly number[]>> = {
  ...{ RangeTuple: [SLOT_OF.tuple], Bitwise: [SLOT_OF.bytes, SLOT_OF.xor], VarRange: [SLOT_OF.range] },
};
/** AIRs that every segment has. */
const ALWAYS = ['Program', 'Connector', 'Boundary', 'Merkle', 'Poseidon2', ...Object.keys(TABLES)];
const CHIPS: ReadonlyMap<string, Chip> = new Map(OPENVM_CHIPS.map(chip => [chip.name, chip]));

export class SegmentChecker {
  readonly #rows = new RowChecker({ seed: SEED, slots: OPENVM_SLOTS, isCyclic: true }, MOST_PUBLIC_VALUES);
  readonly #fixed: ReadonlyMap<string, Columns>;
  #segment: SegmentOfColumns | undefined;
  #failures = new FailureList();
  /** Failures before the segment. */
  #before = 0;
  #missing = new Set<string>();
  readonly #tables: Columns[] = [];

  /** `fixed`: cached and preprocessed columns of the program at hand, by AIR. */
  constructor(fixed: ReadonlyMap<string, Columns>) {
    this.#fixed = fixed;
  }

  /** Adds what does not hold to `failures`. */
  check(segment: CheckableSegment, failures: FailureList): void {
    this.begin(segment, failures);
    for (const columns of segment.columns()) this.add(columns);
    this.finish(() => segment.columns());
  }

  /** Columns of another segment come. */
  begin(segment: SegmentOfColumns, failures: FailureList): void {
    this.#segment = segment;
    this.#failures = failures;
    this.#before = failures.count;
    this.#missing = new Set(ALWAYS);
    this.#tables.length = 0;
    this.#rows.begin([]);
  }

  /** The next AIR of the segment, whose columns may change afterwards. */
  add(columns: Columns): void {
    const parts = this.#partsOf(columns, this.#segment!, this.#failures);
    if (parts === undefined) return;
    const [chip, all] = parts;
    this.#missing.delete(chip.name);
    this.#checkRows(this.#segment!, chip, all, this.#failures);
    if (chip.name in TABLES) this.#tables.push({ ...columns, data: columns.data.slice() });
  }

  /** All columns came; `again` gives them once more. */
  finish(again: () => Iterable<Columns>): void {
    const { index: shard } = this.#segment!;
    const failures = this.#failures;
    for (const chip of this.#missing)
      failures.add({ shard, chip, columns: [], rule: 'the segment has the table', values: [] });
    for (const table of this.#tables) this.#compare(shard, table, failures);
    if (this.#rows.isBalanced) return;
    this.#localise(shard, again(), failures);
    if (failures.count === this.#before)
      failures.add({ shard, columns: [], rule: 'what is sent on buses is received', values: [] });
  }

  #partsOf(
    columns: Columns,
    { index: shard }: SegmentOfColumns,
    failures: FailureList,
  ): readonly [Chip, readonly Columns[]] | undefined {
    const wrong = (rule: string, value: number | string): undefined => {
      failures.add({ shard, chip: columns.name, columns: [], rule, values: [value] });
    };
    const chip = CHIPS.get(columns.name);
    if (chip === undefined) return wrong('it is an AIR of the machine', columns.name);
    const width = chip.columns.length - chip.fixed;
    if (columns.width !== width) return wrong(`the AIR has ${width} columns`, columns.width);
    if (!Number.isInteger(Math.log2(columns.rows))) return wrong('heights are powers of two', columns.rows);
    if (chip.fixed === 0) return [chip, [columns]];
    const fixed = this.#fixed.get(chip.name)!;
    if (fixed.rows !== columns.rows) return wrong(`the table has ${fixed.rows} rows`, columns.rows);
    return [chip, [fixed, columns]];
  }

  #checkRows(segment: SegmentOfColumns, chip: Chip, parts: readonly Columns[], failures: FailureList): void {
    const publicValues = segment.publicValues(chip.name);
    this.#rows.setPublicValues([...publicValues, ...new Array<number>(MOST_PUBLIC_VALUES).fill(0)].slice(0, 16));
    const height = parts[0]!.rows;
    const { rows, count } = this.#rows.check(chip, parts, Math.min(MOST_ROWS, failures.room));
    failures.uncounted(count - rows.length);
    // What only they keep is asked of the first and the last row here.
    const isEdge = chip.constraints.some(one => one.rows === 'first' || one.rows === 'last');
    for (const row of new Set([...(isEdge ? [0, height - 1] : []), ...rows])) {
      const found = this.#failuresOf(chip, { ...rowOf(parts, row), publicValues });
      const place = { shard: segment.index, chip: chip.name, row, event: eventOfRow(chip, rowOf(parts, row).cells) };
      for (const one of found) failures.add({ ...place, ...one });
      if (found.length === 0 && rows.includes(row)) {
        failures.add({ ...place, columns: [], rule: 'a lookup is sent once or not', values: [] });
      }
    }
  }

  #failuresOf(
    chip: Chip,
    row: CheckedRow,
  ): readonly { readonly rule: string; readonly columns: readonly string[]; readonly values: readonly number[] }[] {
    const outside = chip.columns.filter(({ index }) => row.cells[index]! >= P);
    if (outside.length === 0) return checkRow(chip, row);
    return outside.map(({ name, index }) => ({
      ...{ columns: [name], rule: 'a cell is an element of the field', values: [row.cells[index]!] },
    }));
  }

  /** A table's multiplicities with what was counted. */
  #compare(shard: number, table: Columns, failures: FailureList): void {
    const { counts } = this.#rows;
    const chip = CHIPS.get(table.name)!;
    for (const [i, first] of TABLES[table.name]!.entries()) {
      for (let row = 0; row < table.rows; row++) {
        const [found, asked] = [table.data[i * table.stride + row]!, counts[first + row]!];
        if (found === asked) continue;
        const columns = [chip.columns[chip.fixed + i]!.name];
        failures.add({
          shard,
          chip: chip.name,
          row,
          columns,
          rule: `the row is looked up ${asked} times`,
          values: [found],
        });
      }
    }
  }

  /** Finds messages that are not as often sent as received, among those of some sums that are not 0. */
  #localise(shard: number, all: Iterable<Columns>, failures: FailureList): void {
    const balance = new Balance(this.#rows, { field: babyBear, isSigned: true });
    for (const columns of all) {
      const chip = CHIPS.get(columns.name);
      const fixed = this.#fixed.get(columns.name);
      if (columns.width !== (chip?.columns.length ?? 0) - (chip?.fixed ?? 0)) continue;
      if (chip!.fixed > 0 && fixed!.rows !== columns.rows) continue;
      balance.look(chip!, chip!.fixed === 0 ? [columns] : [fixed!, columns], rowOf);
    }
    failures.uncounted(balance.dropped);
    for (const one of balance.wrong()) failures.add({ shard, ...one });
  }
}

/** A row with the one behind it, which behind the last is the first. */
function rowOf(parts: readonly Columns[], row: number): CheckedRow {
  const height = parts[0]!.rows;
  const cells = (at: number): number[] =>
    parts.flatMap(({ data, width, stride }) => Array.from({ length: width }, (_, i) => data[i * stride + at]!));
  const [isFirst, isLast] = [row === 0, row === height - 1];
  return { cells: cells(row), next: cells((row + 1) % height), isFirst, isLast };
}
