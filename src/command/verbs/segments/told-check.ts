// What an index says of a segment's records besides its columns, against these columns: records of accesses are the rows of their
// adapter, heights of instructions their rows.

import { createHash } from 'node:crypto';
import { openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { appendRecord, recordBytes } from '../../../../runtime/openvm/access-record.ts';
import { CHUNK } from '../../../../runtime/openvm/address-spaces.ts';
import { DenseRecordArena } from '../../../../runtime/openvm/arena.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { ReportedSegment } from './report.ts';

/** The adapter that takes chunks apart into words; RV32IM has no other accesses. */
const ADAPTER = `Adapter${CHUNK}`;
const WORD = 4;

type Fails = (rule: string, ...values: (string | number)[]) => void;

const cellIn = ({ name, data, stride }: Columns): ((column: string, row: number) => number) => {
  const { columns, fixed } = openVmChip(name);
  const at = new Map(columns.map((column, i) => [column.name, (i - fixed) * stride]));
  return (column, row) => data[at.get(column)! + row]!;
};

export class ToldCheck {
  readonly #segment: ReportedSegment;
  readonly #fails: Fails;

  constructor(segment: ReportedSegment, fails: Fails) {
    this.#segment = segment;
    this.#fails = fails;
  }

  #same(what: string, expected: unknown, told: unknown): void {
    if (expected !== told) this.#fails(`${what} (index.json) is ${expected}`, String(told ?? 'nothing'));
  }

  /** Of one AIR. */
  see(columns: Columns): void {
    const { name } = columns;
    if (name === ADAPTER) this.#seeAccesses(columns);
    else if (name.startsWith('Adapter')) this.#fails('accesses are of words', `rows of ${name}`);
    else if (name === 'Connector')
      this.#same('finalTimestamp', cellIn(columns)('timestamp', 1), this.#segment.finalTimestamp);
    else if (name === 'Boundary') {
      const cell = cellIn(columns);
      let rows = 0;
      for (let row = 0; row < columns.rows; row++) if (cell('expand_direction', row) !== 0) rows++;
      this.#same('touched', rows / 2, this.#segment.touched);
    }
  }

  #seeAccesses(columns: Columns): void {
    const cell = cellIn(columns);
    const arena = new DenseRecordArena(ADAPTER, columns.rows * recordBytes(CHUNK, WORD, 1));
    for (let row = 0; row < columns.rows && cell('is_valid', row) === 1; row++) {
      const times = [cell('left_timestamp', row), cell('right_timestamp', row)];
      appendRecord(arena, {
        ...{ isMerge: cell('is_split', row) === 0, timestamp: Math.max(...times), timestamps: times },
        ...{
          space: cell('address_space', row),
          pointer: cell('pointer', row),
          block: CHUNK,
          lowest: WORD,
          cellBytes: 1,
        },
        data: Uint8Array.from({ length: CHUNK }, (_, i) => cell(`values[${i}]`, row)),
      });
    }
    const { bytes, sha256 } = this.#segment.accessRecords!;
    this.#same('accessRecords.bytes', arena.used, bytes);
    this.#same('accessRecords.sha256', createHash('sha256').update(arena.allocated).digest('hex'), sha256);
  }

  /** Heights of AIRs of instructions: the metered run counts these exactly. */
  compareHeights(): void {
    const { airs, heights } = this.#segment;
    for (const name of Object.keys(RECORDS)) {
      const rows = airs!.find(air => air.name === name)?.realRows ?? 0;
      this.#same(`heights.${name}`, rows, heights[name] ?? 0);
    }
  }
}
