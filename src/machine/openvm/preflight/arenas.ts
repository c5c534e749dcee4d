// The arenas of one segment, in the memory of a recorded run; and what is kept of them.

import { JitExecError } from '../../../../runtime/errors.ts';
import { accessArenaBound } from '../../../../runtime/openvm/access-record.ts';
import { DenseRecordArena } from '../../../../runtime/openvm/arena.ts';
import { RECORDED, RECORDED_AIRS } from '../../../../runtime/openvm/preflight-layout.ts';
import { HINT_WORD, RECORDS, type RecordedAir } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, AIRS } from '../airs.ts';
import type { RecordedMemory } from './recorded-memory.ts';

const MOST_BYTES: number = 2 ** 32 - RECORDED.records;

/** Bytes that a row's record takes at most: that of a hint has a head as well. */
const rowBytes = (air: RecordedAir): number => RECORDS[air].bytes + (air === 'HintStore' ? HINT_WORD.bytes : 0);

const isRecorded = (name: string): name is RecordedAir => name in RECORDS;

/** Gives so many words, whatever they hold. */
export type Allot = (words: number) => Int32Array;

/** What was recorded of a segment: where it was recorded, until that is needed again. */
export class SegmentRecords {
  /** Of accesses. */
  readonly accesses: DenseRecordArena;
  #records: ReadonlyMap<RecordedAir, Uint8Array>;
  #isWanted = true;

  constructor(accesses: DenseRecordArena, records: ReadonlyMap<RecordedAir, Uint8Array>) {
    this.accesses = accesses;
    this.#records = records;
  }

  /** What was recorded for an AIR, one struct of RECORDS after the other. */
  records(air: RecordedAir): Uint8Array {
    return this.#records.get(air)!;
  }

  /** Nobody will ask again: the next segment need not keep them. */
  release(): void {
    this.#isWanted = false;
  }

  /** Moves them to words of their own. */
  move(allot: Allot): void {
    const lengths = [...this.#records].map(([, bytes]) => bytes.length / 4);
    const words = allot(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    const moved = [...this.#records].map(([air, bytes]): [RecordedAir, Uint8Array] => {
      const length = bytes.length / 4;
      words.set(new Int32Array(bytes.buffer, bytes.byteOffset, length), at);
      const own = new Uint8Array(words.buffer, words.byteOffset + 4 * at, bytes.length);
      at += length;
      return [air, own];
    });
    this.#records = new Map(moved);
  }

  /** Where they were recorded is needed. */
  makeWay(): void {
    if (this.#isWanted) this.move(words => new Int32Array(words));
    else this.#records = new Map();
  }
}

export class RecordArenas {
  /** Of the whole memory. */
  readonly words: Int32Array;
  /** By AIR, as bytes of the memory: where the next record goes, and where its arena ends. */
  readonly tails: Int32Array;
  readonly ends: Int32Array;
  readonly accesses: DenseRecordArena;
  readonly #starts: number[] = [];

  /** Room for so many rows of each AIR; of access records for adapters of such heights. */
  constructor({ reserve, memory }: RecordedMemory, heights: ArrayLike<number>) {
    const sizes = AIRS.map(({ name }, id) => (isRecorded(name) ? rowBytes(name) * heights[id]! : 0));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > MOST_BYTES)
      throw new JitExecError('ENVIRONMENT', `preflight: records of ${bytes} bytes; segments must be shorter`);
    reserve(bytes);
    const view = (at: number): Int32Array => new Int32Array(memory.buffer, at, RECORDED_AIRS);
    this.words = new Int32Array(memory.buffer);
    this.tails = view(RECORDED.tails);
    this.ends = view(RECORDED.ends);
    let end: number = RECORDED.records;
    for (const [id, size] of sizes.entries()) {
      this.#starts.push(end);
      this.tails[id] = end;
      end += size;
      this.ends[id] = end;
    }
    const adapters = [2, 4, 8, 16, 32].map(cells => heights[AIR_ID[`Adapter${cells as 2 | 4 | 8 | 16 | 32}`]]!);
    this.accesses = new DenseRecordArena('memory accesses', accessArenaBound(adapters));
  }

  /** The records where they are. */
  get recorded(): SegmentRecords {
    const records = AIRS.flatMap(({ name }, id): [RecordedAir, Uint8Array][] => {
      if (!isRecorded(name)) return [];
      const start = this.#starts[id]!;
      return [[name, new Uint8Array(this.words.buffer, start, (this.tails[id]! >>> 0) - start)]];
    });
    return new SegmentRecords(this.accesses, new Map(records));
  }

  /** @throws USAGE where an AIR's arena is too small */
  full(id: number): never {
    const bytes = (this.ends[id]! >>> 0) - this.#starts[id]!;
    throw new JitExecError(
      'USAGE',
      `TraceBufferOutOfBounds: the arena of ${AIRS[id]!.name} has ${bytes} bytes, more are needed`,
    );
  }

  /** Room for so many words of an AIR: the place of the first. @throws USAGE where there is none */
  alloc(id: number, words: number): number {
    const at = this.tails[id]! >>> 2;
    if (at + words > this.ends[id]! >>> 2) this.full(id);
    this.tails[id] = (at + words) << 2;
    return at;
  }
}
