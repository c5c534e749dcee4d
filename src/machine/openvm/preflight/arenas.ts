// The arenas of one segment: one buffer, a piece of it for the records of each AIR.

import { JitExecError } from '../../../../runtime/errors.ts';
import { accessArenaBound } from '../../../../runtime/openvm/access-record.ts';
import { DenseRecordArena } from '../../../../runtime/openvm/arena.ts';
import { HINT_WORD, RECORDS, type RecordedAir } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, AIRS } from '../airs.ts';

/** Bytes that a row's record takes at most: that of a hint has a head as well. */
const rowBytes = (air: RecordedAir): number => RECORDS[air].bytes + (air === 'HintStore' ? HINT_WORD.bytes : 0);

const isRecorded = (name: string): name is RecordedAir => name in RECORDS;

export type Allot = (words: number) => Int32Array;

export class RecordArenas {
  /** Words of all. */
  readonly words: Int32Array;
  /** By AIR, in words: where its arena begins, what is used, where it ends. */
  readonly starts: Int32Array = new Int32Array(AIRS.length);
  readonly used: Int32Array = new Int32Array(AIRS.length);
  readonly ends: Int32Array = new Int32Array(AIRS.length);
  /** Of accesses. */
  readonly accesses: DenseRecordArena;

  /**
   * Room for so many rows of each AIR; of access records for adapters of such heights. `allot` gives so many words of
   * zeros.
   */
  constructor(heights: ArrayLike<number>, allot: Allot = words => new Int32Array(words)) {
    let end = 0;
    for (const [id, { name }] of AIRS.entries()) {
      this.starts[id] = end;
      if (isRecorded(name)) end += (rowBytes(name) / 4) * heights[id]!;
      this.ends[id] = end;
    }
    if (end > 2 ** 29)
      throw new JitExecError('ENVIRONMENT', `preflight: records of ${4 * end} bytes; segments must be shorter`);
    this.words = allot(end);
    this.used.set(this.starts);
    const adapters = [2, 4, 8, 16, 32].map(cells => heights[AIR_ID[`Adapter${cells as 2 | 4 | 8 | 16 | 32}`]]!);
    this.accesses = new DenseRecordArena('memory accesses', accessArenaBound(adapters));
  }

  /** What was recorded for an AIR, one struct of RECORDS after the other. */
  records(air: RecordedAir): Uint8Array {
    const id = AIR_ID[air];
    const { buffer, byteOffset } = this.words;
    return new Uint8Array(buffer, byteOffset + 4 * this.starts[id]!, 4 * (this.used[id]! - this.starts[id]!));
  }

  /** @throws USAGE where an AIR's arena is too small */
  full(id: number): never {
    const bytes = 4 * (this.ends[id]! - this.starts[id]!);
    throw new JitExecError(
      'USAGE',
      `TraceBufferOutOfBounds: the arena of ${AIRS[id]!.name} has ${bytes} bytes, more are needed`,
    );
  }

  /** Room for so many words of an AIR: where it is. @throws USAGE where there is none */
  alloc(id: number, words: number): number {
    const at = this.used[id]!;
    if (at + words > this.ends[id]!) this.full(id);
    this.used[id] = at + words;
    return at;
  }
}
