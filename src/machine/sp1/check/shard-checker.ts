// Checks a shard from its columns and public values alone: rows keep what their chips say, buses balance, and the tables
// count what is looked up. Reference: CHIPS of SP1 6.4.0 as codegen/chips/sp1 describes them.

import { eventOfRow } from '../../../../codegen/chips/check/event-of-row.ts';
import { checkRow, messagesOf } from '../../../../codegen/chips/check.ts';
import type { Chip } from '../../../../codegen/chips/chip.ts';
import { columnsOf } from '../../../../codegen/chips/poly-text.ts';
import { BYTE_OP, RANGE_SLOT, SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { PUBLIC_VALUES, publicValues as publicValuesChip } from '../../../../codegen/chips/sp1/public-values.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { RowChecker } from '../../../tracegen/row-checker.ts';
import type { FailureList } from './failures.ts';

/** A shard as a check takes it. */
export interface CheckableShard {
  readonly index: number;
  readonly publicValues: readonly number[];
  /** Of every chip, preprocessed ones left out. Gone through once, and once more where buses do not balance. */
  readonly columns: Iterable<Columns>;
}

/** Rows of a chip that are looked at closely: what broke one row has often broken many. */
const MOST_ROWS = 20;
/** Sums that are looked into: what is out of balance and is not among them is only counted. */
const MOST_SUMS = 64;
/** Rows of a chip that may have to do with these. */
const MOST_SUSPECTS = 20_000;
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
    const { sums } = this.#rows;
    let wrong = 0;
    for (const [i, sum] of sums.entries()) if (sum !== 0 && ++wrong > MOST_SUMS) sums[i] = 0;
    failures.uncounted(Math.max(0, wrong - MOST_SUMS));
    const told = new Map<string, Told>();
    const isSuspect = (bus: string, values: readonly number[]): boolean => this.#rows.isSuspect(bus, values);
    const look = (chip: Chip, parts: readonly Columns[]): void => {
      for (const row of this.#rows.suspects(chip, parts, MOST_SUSPECTS).rows) tell(told, chip, parts, row, isSuspect);
    };
    look(publicValuesChip, [publicValuesColumns(shard)]);
    for (const columns of shard.columns) {
      const chip = sp1Chip(columns.name);
      const fixed = this.#preprocessed.get(chip.name);
      if (columns.width !== chip.columns.length - chip.fixed || (fixed?.rows ?? columns.rows) !== columns.rows)
        continue;
      look(chip, chip.fixed === 0 ? [columns] : [fixed!, columns]);
    }
    for (const { bus, values, balance, from } of told.values()) {
      const excess = koalaBear.of(balance);
      if (excess === 0) continue;
      const isOverSent = excess < koalaBear.modulus / 2;
      const { chip, row, cells, isSend } = from.find(one => one.isSend === isOverSent) ?? from[0]!;
      const rule = `what is ${isSend ? 'sent' : 'received'} on bus ${bus} is ${isSend ? 'received' : 'sent'} (${balance})`;
      const place = { shard: shard.index, chip: chip.name, row, event: eventOfRow(chip, cells) };
      failures.add({ ...place, columns: readBy(chip, bus, isSend), rule, values });
    }
  }
}

interface Teller {
  readonly chip: Chip;
  readonly row: number;
  readonly cells: readonly number[];
  readonly isSend: boolean;
}

/** A message, how often it is sent more than received, and by whom. */
interface Told {
  readonly bus: string;
  readonly values: readonly number[];
  balance: number;
  readonly from: Teller[];
}

function tell(
  told: Map<string, Told>,
  chip: Chip,
  parts: readonly Columns[],
  row: number,
  isSuspect: (bus: string, values: readonly number[]) => boolean,
): void {
  const cells = rowOf(parts, row);
  for (const { bus, isSend, multiplicity, values } of messagesOf(spoken(chip), { cells })) {
    // Of others not all rows are looked at.
    if (!isSuspect(bus, values)) continue;
    const key = `${bus} ${values.join(' ')}`;
    let one = told.get(key);
    if (one === undefined) {
      one = { bus, values, balance: 0, from: [] };
      told.set(key, one);
    }
    one.balance += isSend ? multiplicity : -multiplicity;
    one.from.push({ chip, row, cells, isSend });
  }
}

/** A chip without lookups and constraints. */
const spoken = ({ name, field, event, columns, fixed, interactions }: Chip): Chip => ({
  ...{ name, field, event, columns, fixed, constraints: [], padding: [] },
  interactions: interactions.filter(({ bus }) => bus.table === undefined),
});

/** Columns of the messages that a chip sends or receives on a bus. */
function readBy(chip: Chip, bus: string, isSend: boolean): string[] {
  const own = chip.interactions.filter(one => one.bus.name === bus && one.isSend === isSend);
  return [...new Set(own.flatMap(({ multiplicity, message }) => [multiplicity, ...message].flatMap(columnsOf)))];
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
