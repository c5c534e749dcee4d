// One shard of a trace folder: against the index, and against what the chunks give.

import { join } from 'node:path';
import { sp1Chip } from '../../../../../codegen/chips/sp1/index.ts';
import type { Columns } from '../../../../../runtime/columns/columns.ts';
import { type ReadShard, readShard } from '../../../../../runtime/columns/shard-file.ts';
import { JitExecError } from '../../../../../runtime/errors.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';
import { compareColumns } from '../../../../machine/sp1/check/compare-columns.ts';
import type { CheckableShard } from '../../../../machine/sp1/check/shard-checker.ts';
import type { FailureList } from '../../../../tracegen/failures.ts';
import { readBytes } from '../../../input.ts';
import { digestOf } from '../../../threads/files/column-digests.ts';
import type { ReportedShard } from '../report-shard.ts';
import { shardFile } from '../shard-names.ts';

/** A chip in the index of `--until traces`. */
interface IndexedChip {
  readonly name: string;
  readonly rows: number;
  readonly realRows: number;
  readonly columns?: number;
  readonly sha256?: string;
}

/** A shard in the index. */
export type IndexedShard = Omit<ReportedShard, 'chips'> & {
  readonly chips: readonly IndexedChip[];
  readonly file?: string;
};

/** What is compared with. */
export interface ComparedFolder {
  readonly directory: string;
  readonly shards: readonly IndexedShard[];
  /** Otherwise the run was stopped before all shards were there. */
  readonly isComplete: boolean;
}

/** A shard that was made again. */
export interface RemadeShard {
  readonly report: ReportedShard;
  readonly publicValues: readonly number[];
  readonly columns: readonly Columns[];
  /** SHA-256 of each of these, hexadecimal. */
  readonly digests: readonly string[];
  /** Why its memory is not known. */
  readonly isUnknown: boolean;
}

/** Chips that have the values of memory that is not known, or count them. */
const OF_MEMORY: ReadonlySet<string> = new Set(['MemoryGlobalInit', 'MemoryGlobalFinalize', 'Global', 'Byte', 'Range']);

/** Fields of some shards only. */
const OPTIONAL = ['syscall', 'chunk', 'memReads', 'unprovable'] as const;

export class ShardComparer {
  readonly #directory: string;
  readonly #shards: readonly IndexedShard[];
  readonly #isComplete: boolean;
  readonly #failures: FailureList;

  constructor({ directory, shards, isComplete }: ComparedFolder, failures: FailureList) {
    this.#directory = directory;
    this.#shards = shards;
    this.#isComplete = isComplete;
    this.#failures = failures;
  }

  fails(shard: number | undefined, rule: string, ...values: (string | number)[]): void {
    this.#failures.add({ ...(shard === undefined ? {} : { shard }), columns: [], rule, values });
  }

  differs(shard: number, what: string, expected: unknown, got: unknown): void {
    this.fails(shard, `${what} (index.json) is ${shown(expected)}`, shown(got));
  }

  /** Compares what the index says of a shard with what the chunks give. */
  compareReport(report: ReportedShard, isUnknown = false): IndexedShard | undefined {
    const { index } = report;
    const indexed = this.#shards.find(one => one.index === index);
    if (indexed !== undefined) this.#compareReports(report, indexed, isUnknown);
    else if (this.#isComplete) this.fails(index, 'the shard is in index.json');
    return indexed;
  }

  /** Compares a shard with what the chunks give; gives what is left to be checked by rules, of its file where it has one. */
  compare({ report, publicValues, columns, digests, isUnknown }: RemadeShard): CheckableShard | undefined {
    const { index } = report;
    const indexed = this.compareReport(report, isUnknown);
    if (indexed === undefined) return undefined;
    const file = this.read(indexed);
    if (indexed.unprovable !== undefined) return undefined;
    for (const [i, one] of columns.entries()) {
      if (isUnknown && OF_MEMORY.has(one.name)) continue;
      const chip = indexed.chips.find(({ name }) => name === one.name);
      if (chip === undefined) continue;
      if (file === undefined) this.#sameDigest(index, chip, digests[i]!);
      else if (file.has(one.name)) this.#compareWithFile(index, one, file.get(one.name)!);
    }
    if (isUnknown && file === undefined) return undefined;
    const values = indexed.publicValues ?? publicValues;
    return { index, publicValues: values, columns: file === undefined ? columns : [...file.values()] };
  }

  #compareReports(made: ReportedShard, indexed: IndexedShard, isUnknown: boolean): void {
    for (const [field, expected] of Object.entries(made)) {
      const got = indexed[field as keyof ReportedShard];
      if (field === 'chips') this.#compareChips(made, indexed);
      else if (field === 'publicValues') this.#compareValues(made, indexed, isUnknown);
      else if (JSON.stringify(got) !== JSON.stringify(expected)) this.differs(made.index, field, expected, got);
    }
    for (const field of OPTIONAL)
      if (made[field] === undefined && indexed[field] !== undefined)
        this.differs(made.index, field, undefined, indexed[field]);
  }

  #compareChips({ index, chips }: ReportedShard, indexed: IndexedShard): void {
    const [expected, got] = [chips, indexed.chips].map(list => list.map(({ name }) => name).join(' '));
    if (expected !== got) this.differs(index, 'chips', expected, got);
    for (const { name, rows, realRows } of chips) {
      const chip = indexed.chips.find(one => one.name === name);
      if (chip !== undefined && chip.rows !== rows) this.differs(index, `rows of ${name}`, rows, chip.rows);
      if (chip !== undefined && chip.realRows !== realRows)
        this.differs(index, `realRows of ${name}`, realRows, chip.realRows);
    }
  }

  #compareValues({ index, publicValues }: ReportedShard, indexed: IndexedShard, isUnknown: boolean): void {
    for (const [i, expected] of (publicValues ?? []).entries()) {
      const isSum = i >= 130 && i < 144;
      const got = indexed.publicValues?.[i];
      if (got !== expected && !(isUnknown && isSum)) this.differs(index, `publicValues[${i}]`, expected, got);
    }
  }

  #sameDigest(shard: number, { name, sha256 }: IndexedChip, digest: string): void {
    if (sha256 === undefined || digest === sha256) return;
    const rule = `the SHA-256 (index.json) of the columns that the chunks give: ${digest}`;
    this.#failures.add({ shard, chip: name, columns: [], rule, values: [sha256] });
  }

  #compareWithFile(shard: number, expected: Columns, found: Columns): void {
    if (found.rows === expected.rows && found.width === expected.width)
      compareColumns(shard, expected, found, this.#failures);
  }

  /** The columns of a shard's file, by chip; undefined where there is none or it is no such file. */
  read(indexed: IndexedShard): Map<string, Columns> | undefined {
    const { index, file, unprovable } = indexed;
    if (unprovable !== undefined || file === undefined) return undefined;
    if (file !== shardFile(index)) this.differs(index, 'file', shardFile(index), file);
    const path = join(this.#directory, shardFile(index));
    let read: ReadShard;
    try {
      read = readShard(readBytes(path), path);
    } catch (error) {
      if (!(error instanceof JitExecError)) throw error;
      this.fails(index, error.message);
      return undefined;
    }
    const header = [read.machine, read.shard, read.field].join(' ');
    const expected = `sp1 ${index} ${koalaBear.name}`;
    if (header !== expected) this.fails(index, `the file is of ${expected}`, header);
    return this.#columnsOf(indexed, read);
  }

  #columnsOf({ index: shard, chips }: IndexedShard, read: ReadShard): Map<string, Columns> {
    const columns = new Map<string, Columns>();
    const [expected, got] = [chips, read.chips].map(list => list.map(({ name }) => name).join(' '));
    if (expected !== got) this.fails(shard, `the file has the chips ${expected}`, got!);
    for (const chip of read.chips) {
      const indexed = chips.find(({ name }) => name === chip.name);
      if (indexed === undefined) continue;
      const { name, rows, realRows, columns: names } = chip;
      const own = sp1Chip(name);
      const wanted = own.columns.slice(own.fixed).map(column => column.name);
      const fail = (rule: string, ...values: (string | number)[]): void =>
        this.#failures.add({ shard, chip: name, columns: [], rule, values });
      const wrong = wanted.find((path, i) => names[i] !== path);
      if (wrong !== undefined || names.length !== wanted.length) {
        fail(`the file has the column ${wrong ?? 'names of the chip'}`, names.length);
        continue;
      }
      if (indexed.rows !== rows || indexed.realRows !== realRows)
        fail(`rows of the file are ${indexed.rows}, ${indexed.realRows} of them real`, rows, realRows);
      const data = new Uint32Array(rows * names.length);
      for (let i = 0; i < names.length; i++) data.set(chip.column(i), i * rows);
      const made = { name, rows, realRows, width: names.length, stride: rows, data };
      columns.set(name, made);
      if (indexed.sha256 === undefined) continue;
      const digest = hexDigestOf(made);
      if (digest !== indexed.sha256) fail(`the columns of the file have the SHA-256 ${indexed.sha256}`, digest);
    }
    return columns;
  }
}

const hexDigestOf = (columns: Columns): string => digestOf(columns).toString('hex');
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
