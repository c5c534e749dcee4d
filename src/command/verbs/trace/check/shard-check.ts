// The shards of a trace folder as a whole: which there are, what all share, and what they must agree on.

import { readdirSync } from 'node:fs';
import type { Columns } from '../../../../../runtime/columns/columns.ts';
import { keptPreprocessed } from '../../../../machine/sp1/check/preprocessed.ts';
import type { Sp1Guest } from '../../../../machine/sp1/machine.ts';
import { FailureList } from '../../../../tracegen/failures.ts';
import { type ShardChecks, type ShardsChecked, shardChecksOf } from '../../../../verbs/check-shards.ts';
import { digestOf } from '../../../threads/files/column-digests.ts';
import type { ReportedShard } from '../report-shard.ts';
import type { TraceIndex } from '../trace-directory.ts';
import { madeChecks, type ShardFound } from './made-checks.ts';
import { type ComparedFolder, type IndexedShard, ShardComparer, shown } from './shard-compare.ts';

/** What a thread found of a shard that it made again. */
export interface ShardCompared {
  readonly found: ShardFound;
  /** Of a shard whose rules were checked. */
  readonly publicValues: readonly number[] | undefined;
  /** Its memory holds what is not in the chunks. */
  readonly isUnknown: boolean;
}

const SHARD_FILE = /^shard-\d{6,}\.bin$/;

export class ShardFolder {
  readonly notes: string[] = [];
  readonly shards: readonly IndexedShard[];
  readonly compared: ComparedFolder;
  readonly #failures = new FailureList();
  readonly #comparer: ShardComparer;
  readonly #guest: Sp1Guest;
  readonly #index: TraceIndex;
  readonly #compared = new Map<number, ShardCompared>();
  readonly #seen = new Set<number>();

  constructor(directory: string, index: TraceIndex, guest: Sp1Guest) {
    this.#guest = guest;
    this.#index = index;
    this.shards = index.shards as readonly IndexedShard[];
    this.compared = { directory, shards: this.shards, isComplete: index.shardsComplete !== false };
    this.#comparer = new ShardComparer(this.compared, this.#failures);
    if (index.preprocessed !== undefined) this.#comparePreprocessed(index.preprocessed);
    for (const [i, { index: at }] of this.shards.entries()) {
      const expected = index.cuts?.onlyShard ?? (this.compared.isComplete ? i : at);
      if (at !== expected) this.#comparer.differs(expected, `shards[${i}].index`, expected, at);
    }
    const listed = new Set(this.shards.map(({ file }) => file));
    const stray = readdirSync(directory).filter(name => SHARD_FILE.test(name) && !listed.has(name));
    for (const file of stray) this.#comparer.fails(undefined, 'no shard file besides those listed', file);
  }

  #comparePreprocessed(indexed: unknown): void {
    const list = [...keptPreprocessed(this.#guest.program).values()].map(one => ({
      name: one.name,
      rows: one.rows,
      columns: one.width,
      sha256: hexDigestOf(one),
    }));
    if (JSON.stringify(indexed) === JSON.stringify(list)) return;
    this.#comparer.fails(undefined, `preprocessed (index.json) is ${JSON.stringify(list)}`, shown(indexed));
  }

  get #isWhole(): boolean {
    return this.#index.exit.kind === 'halted' && this.compared.isComplete && this.#index.cuts?.onlyShard === undefined;
  }

  get hasFiles(): boolean {
    return this.shards.some(({ file }) => file !== undefined);
  }

  /** Compares what the index says of a shard with what the chunks give. */
  compareReport(report: ReportedShard): void {
    this.#comparer.compareReport(report);
    this.#seen.add(report.index);
  }

  /** What a thread found of a shard. */
  add(index: number, compared: ShardCompared): void {
    this.#compared.set(index, compared);
    this.#seen.add(index);
    if (!compared.isUnknown) return;
    this.notes.push(
      `shard ${index} has inputs that the guest never read, which are not in the chunks: its memory chips are not compared`,
    );
  }

  /** Of a folder without chunks: checks what the files have. */
  checkFiles(): ShardsChecked {
    const checks: ShardChecks = shardChecksOf(this.#guest, this.#failures, this.#index.sp1Version);
    for (const indexed of this.shards) {
      const { index, unprovable, publicValues = [] } = indexed;
      if (unprovable !== undefined) continue;
      const file = this.#comparer.read(indexed);
      if (file !== undefined) checks.add({ index, publicValues, columns: [...file.values()] });
    }
    return checks.finish(this.#isWhole);
  }

  /** Of shards that were compared one by one, or only by their reports. */
  finish(): ShardsChecked {
    for (const { index } of this.shards)
      if (!this.#seen.has(index)) this.#comparer.fails(index, 'the run has such a shard');
    if (this.#index.preprocessed === undefined) {
      const { list, count } = this.#failures;
      return { shards: this.shards.length, failures: list, failureCount: count, isWhole: false };
    }
    const compared = [...this.#compared].sort(([a], [b]) => a - b);
    const found = new Map(compared.map(([index, one]) => [index, one.found]));
    const checked = compared.map(([index, { publicValues }]) => ({ index, publicValues }));
    const isWhole = this.#isWhole && compared.every(([, { isUnknown }]) => !isUnknown);
    return madeChecks(this.#guest, this.#index.sp1Version, checked, found, isWhole, this.#failures);
  }
}

const hexDigestOf = (columns: Columns): string => digestOf(columns).toString('hex');
