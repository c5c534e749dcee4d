// Checks a shard from its columns and public values alone: rows keep what their chips say, buses balance, and the tables
// count what is looked up. Reference: CHIPS of SP1 6.4.0 as codegen/chips/sp1 describes them.

import { eventOfRow } from '../../../../codegen/chips/check/event-of-row.ts';
import { type CheckedRow, checkRow } from '../../../../codegen/chips/check.ts';
import type { Chip } from '../../../../codegen/chips/chip.ts';
import { BYTE_OP, RANGE_SLOT, SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { PUBLIC_VALUES, publicValuesChip } from '../../../../codegen/chips/sp1/public-values.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { Balance } from '../../../tracegen/balance.ts';
import type { FailureList } from '../../../tracegen/failures.ts';
import { RowChecker } from '../../../tracegen/row-checker.ts';

/** A shard as a check takes it. */
export interface CheckableShard {
  readonly index: number;
  readonly publicValues: readonly number[];
  /** Of every chip, preprocessed ones left out. Gone through once, and once more where buses do not balance. */
  readonly columns: Iterable<Columns>;
}

/** Rows of a chip that are looked at closely: what broke one row has often broken many. */
const MOST_ROWS = 20;
const BYTE_ROWS = 65_536;

export class ShardChecker {
  readonly #rows: RowChecker;
  readonly #preprocessed: ReadonlyMap<string, Columns>;

  /** `preprocessed`: of the program at hand, by chip; they are kept. */
  constructor(preprocessed: ReadonlyMap<string, Columns>) {
    this.#preprocessed = preprocessed;
    this.#rows = new RowChecker({ seed: SEED, slots: SLOTS }, PUBLIC_VALUES);
  }

  /** Adds what does not hold to `failures`. */
  check(shard: CheckableShard, failures: FailureList): void {
    const before = failures.count;
    const invalid = shard.publicValues.findIndex(x => !Number.isInteger(x) || x < 0 || x >= koalaBear.modulus);
    if (shard.publicValues.length !== PUBLIC_VALUES || invalid >= 0) {
      const got = invalid < 0 ? shard.publicValues.length : String(shard.publicValues[invalid]);
      const rule = `${PUBLIC_VALUES} public values, elements of the field`;
      failures.add({ shard: shard.index, chip: publicValuesChip.name, columns: [], rule, values: [got] });
      return;
    }
    this.#rows.begin(shard.publicValues);
    this.#checkPart(shard, publicValuesChip, [publicValuesColumns(shard)], failures);
    const tables = new Map<string, Columns>();
    for (const columns of shard.columns) {
      const chip = sp1Chip(columns.name);
      const parts = this.#partsOf(chip, columns, shard, failures);
      if (parts === undefined) continue;
      this.#checkPart(shard, chip, parts, failures);
      if (TABLES.has(chip.name)) tables.set(chip.name, { ...columns, data: columns.data.slice() });
    }
    this.#compareTables(shard, tables, failures);
    const isBalanced = this.#rows.isBalanced;
    // Rows with cells that are none, or columns that are missing, say nothing of buses.
    if (!isBalanced) this.#localise(shard, failures);
    if (!isBalanced && failures.count === before) {
      const rule = 'what is sent on buses is received';
      failures.add({ shard: shard.index, columns: [], rule, values: [] });
    }
  }

  #partsOf(chip: Chip, columns: Columns, shard: CheckableShard, failures: FailureList): Columns[] | undefined {
    const wrong = (rule: string, ...values: number[]): undefined => {
      failures.add({ shard: shard.index, chip: chip.name, columns: [], rule, values });
    };
    const fixed = this.#preprocessed.get(chip.name);
    const width = chip.columns.length - chip.fixed;
    if (columns.width !== width) return wrong(`the chip has ${width} columns`, columns.width);
    if (chip.fixed === 0) return [columns];
    if (fixed!.rows !== columns.rows) return wrong(`the table has ${fixed!.rows} rows`, columns.rows);
    return [fixed!, columns];
  }

  #checkPart(shard: CheckableShard, chip: Chip, parts: readonly Columns[], failures: FailureList): void {
    const { rows, count } = this.#rows.check(chip, parts, Math.min(MOST_ROWS, failures.room));
    failures.uncounted(count - rows.length);
    for (const row of rows) {
      const cells = rowOf(parts, row);
      const next = row + 1 < parts[0]!.rows ? rowOf(parts, row + 1) : undefined;
      const place = { shard: shard.index, chip: chip.name, row, event: eventOfRow(chip, cells) };
      const outside = chip.columns.filter(({ index }) => cells[index]! >= koalaBear.modulus);
      for (const { name, index } of outside) {
        failures.add({ ...place, columns: [name], rule: 'a cell is an element of the field', values: [cells[index]!] });
      }
      if (outside.length > 0) continue;
      const faults = checkRow(chip, { cells, next, publicValues: shard.publicValues });
      for (const { rule, columns, values } of faults) failures.add({ ...place, columns, rule, values });
      if (faults.length === 0)
        failures.add({ ...place, columns: [], rule: 'a lookup is sent once or not', values: [] });
    }
  }

  #compareTables({ index: shard }: CheckableShard, tables: ReadonlyMap<string, Columns>, failures: FailureList): void {
    const { counts } = this.#rows;
    const compare = (chip: string, column: number, row: number, slot: number, found: number): void => {
      if (counts[slot] === found) return;
      const columns = [sp1Chip(chip).columns[sp1Chip(chip).fixed + column]!.name];
      const rule = `the row is looked up ${counts[slot]} times`;
      failures.add({ shard, chip, row, columns, rule, values: [found] });
    };
    const [byte, range] = [tables.get('Byte'), tables.get('Range')];
    for (const [name, table] of [
      ['Byte', byte],
      ['Range', range],
    ] as const) {
      if (table === undefined)
        failures.add({ shard, chip: name, columns: [], rule: 'the shard has the table', values: [] });
    }
    // Slot 0 is AND of 0 and 0: what is not looked up is counted there as 0 times.
    for (let op = 0; byte !== undefined && op < BYTE_OP.RANGE; op++) {
      for (let row = 0; row < BYTE_ROWS; row++)
        compare('Byte', op, row, op * BYTE_ROWS + row, byte.data[op * byte.stride + row]!);
    }
    for (let row = 0; range !== undefined && row < range.rows; row++)
      compare('Range', 0, row, RANGE_SLOT + row, range.data[row]!);
  }

  /** Finds messages that are not as often sent as received, among those of some sums that are not 0. */
  #localise(shard: CheckableShard, failures: FailureList): void {
    const balance = new Balance(this.#rows, { field: koalaBear, isSigned: false });
    const cellsOf = (parts: readonly Columns[], row: number): CheckedRow => ({ cells: rowOf(parts, row) });
    balance.look(publicValuesChip, [publicValuesColumns(shard)], cellsOf);
    for (const columns of shard.columns) {
      const chip = sp1Chip(columns.name);
      const fixed = this.#preprocessed.get(chip.name);
      if (columns.width !== chip.columns.length - chip.fixed || (fixed?.rows ?? columns.rows) !== columns.rows)
        continue;
      balance.look(chip, chip.fixed === 0 ? [columns] : [fixed!, columns], cellsOf);
    }
    failures.uncounted(balance.dropped);
    for (const one of balance.wrong()) failures.add({ shard: shard.index, ...one });
  }
}

const TABLES: ReadonlySet<string> = new Set(['Byte', 'Range']);

function rowOf(parts: readonly Columns[], row: number): number[] {
  return parts.flatMap(({ data, width, stride }) => Array.from({ length: width }, (_, i) => data[i * stride + row]!));
}

/** Public values as a table of one row. */
function publicValuesColumns({ publicValues }: CheckableShard): Columns {
  const data = Uint32Array.from(publicValues);
  return { name: publicValuesChip.name, rows: 1, realRows: 1, width: data.length, stride: 1, data };
}

/** Keys that nobody knew when the shard was made. */
const SEED = crypto.getRandomValues(new Uint32Array(1))[0]!;
