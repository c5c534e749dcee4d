// The file of a segment: against what the index says of it, and by the rules that AIRs keep, one AIR in memory at a time.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import {
  PREFIX,
  readShardStart,
  type ShardFileChip,
  type ShardFileStart,
  startBytes,
} from '../../../../runtime/columns/shard-file.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import type { SegmentChecker } from '../../../machine/openvm/check/segment-checker.ts';
import { SUSPENDED_EXIT_CODE } from '../../../machine/openvm/traces/system-events.ts';
import type { FailureList } from '../../../tracegen/failures.ts';
import { digestOf, sortedDigestOf } from '../../threads/files/column-digests.ts';
import { segmentHeader } from '../../threads/files/segment-file.ts';
import type { ReportedAir, ReportedSegment } from './report.ts';
import { ToldCheck } from './told-check.ts';

export class SegmentFile {
  readonly #path: string;
  readonly #segment: ReportedSegment;
  readonly #failures: FailureList;

  constructor(directory: string, segment: ReportedSegment, failures: FailureList) {
    this.#path = join(directory, segment.file!);
    this.#segment = segment;
    this.#failures = failures;
  }

  #fails(rule: string, ...values: (string | number)[]): void {
    this.#failures.add({ shard: this.#segment.index, columns: [], rule, values });
  }

  check(checker: SegmentChecker, fixed: ReadonlyMap<string, Columns>): void {
    const airs = this.#segment.airs!;
    this.#comparePublicValues();
    const told = new ToldCheck(this.#segment, (rule, ...values) => this.#fails(rule, ...values));
    told.compareHeights();
    for (const air of airs) this.#compareWidths(air, fixed);
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch (error) {
      this.#fails(`the file ${this.#segment.file} can be read`, (error as Error).message);
      return;
    }
    try {
      const start = this.#start(file);
      if (!this.#isHeader(start)) return;
      const valuesOf = (air: string): readonly number[] => airs.find(({ name }) => name === air)?.publicValues ?? [];
      checker.begin({ index: this.#segment.index, publicValues: valuesOf }, this.#failures);
      for (const columns of this.#columns(file, start)) {
        this.#compareDigest(columns);
        told.see(columns);
        checker.add(columns);
      }
      checker.finish(() => this.#columns(file, start));
    } catch (error) {
      if (!(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
      this.#fails(error.message);
    } finally {
      closeSync(file);
    }
  }

  #start(file: number): ShardFileStart {
    const { size } = fstatSync(file);
    if (size !== this.#segment.bytes)
      this.#fails('bytes of the file (index.json)', this.#segment.bytes ?? 'nothing', size);
    const prefix = new Uint8Array(Math.min(size, PREFIX));
    readSync(file, prefix, 0, prefix.length, 0);
    const start = new Uint8Array(Math.min(size, startBytes(prefix, this.#path)));
    readSync(file, start, 0, start.length, 0);
    return readShardStart(start, size, this.#path);
  }

  /** Whether the file has what the index says: AIRs with their columns, packed. */
  #isHeader({ header }: ShardFileStart): boolean {
    const airs = this.#segment.airs!;
    const named = airs.find(({ id, name }) => OPENVM_CHIPS[id]?.name !== name);
    if (named !== undefined) {
      this.#fails(`AIR ${named.id} (index.json) is ${OPENVM_CHIPS[named.id]?.name ?? 'none'}`, named.name);
      return false;
    }
    const expected = segmentHeader({ index: this.#segment.index, airs });
    if (JSON.stringify(header) === JSON.stringify(expected)) return true;
    const of = (chips: readonly ShardFileChip[]): string => chips.map(({ name, rows }) => `${name} ${rows}`).join(', ');
    this.#fails(
      `the file is of openvm, ${babyBear.name}, ${of(expected.chips)}`,
      header.machine,
      header.field,
      of(header.chips),
    );
    return false;
  }

  *#columns(file: number, { header, data }: ShardFileStart): Generator<Columns> {
    for (const { name, rows, realRows, columns, offset } of header.chips) {
      const width = columns.length;
      const words = new Uint32Array(rows * width);
      const bytes = new Uint8Array(words.buffer);
      for (let at = 0; at < bytes.length; ) {
        const got = readSync(file, bytes, at, Math.min(bytes.length - at, MOST_READ), data + offset + at);
        if (got === 0)
          throw new JitExecError('TRACE_INVALID', `shard: expected ${bytes.length} bytes of ${name}, got ${at}`);
        at += got;
      }
      yield { name, rows, realRows, width, stride: rows, data: words };
    }
  }

  #compareDigest(columns: Columns): void {
    const { sha256, rowsSortedSha256 } = this.#segment.airs!.find(({ name }) => name === columns.name)!;
    const compare = (what: string, expected: string | undefined, digest: () => Buffer): void => {
      if (expected === undefined) return;
      const got = digest().toString('hex');
      if (got !== expected) this.#fails(`${what} of ${columns.name} (index.json) is ${expected}`, got);
    };
    compare('sha256.main', sha256?.main, () => digestOf(columns));
    compare('rowsSortedSha256', rowsSortedSha256, () => sortedDigestOf(columns));
  }

  #compareWidths(
    { id, name, cached, preprocessed, main, sha256 }: ReportedAir,
    fixed: ReadonlyMap<string, Columns>,
  ): void {
    const chip = OPENVM_CHIPS[id];
    if (chip === undefined) return;
    const isProgram = name === 'Program';
    const expected = [isProgram ? chip.fixed : 0, isProgram ? 0 : chip.fixed, chip.columns.length - chip.fixed];
    if (String([cached, preprocessed, main]) !== String(expected))
      this.#fails(
        `cached, preprocessed, main of ${name} (index.json) are ${expected.join(', ')}`,
        cached,
        preprocessed,
        main,
      );
    if (sha256?.cached === undefined) return;
    const digest = digestOf(fixed.get(name)!).toString('hex');
    if (digest !== sha256.cached) this.#fails(`sha256.cached of ${name} (index.json) is ${digest}`, sha256.cached);
  }

  /** What the index says in words of its own. */
  #comparePublicValues(): void {
    const { airs, pcStart, pcEnd, exitCode, initialRoot, finalRoot } = this.#segment;
    const of = (air: string): string => String(airs!.find(({ name }) => name === air)?.publicValues ?? []);
    const code = exitCode ?? SUSPENDED_EXIT_CODE;
    const connector = [Number(pcStart), Number(pcEnd), code, exitCode === null ? 0 : 1].join();
    if (of('Connector') !== connector) this.#fails(`public values of Connector are ${connector}`, of('Connector'));
    const roots = [...initialRoot!, ...finalRoot!].join();
    if (of('Merkle') !== roots) this.#fails('public values of Merkle are the roots', of('Merkle'));
  }
}

/** Bytes of a read: Node takes no more than 2^31 - 1. */
const MOST_READ = 2 ** 30;
