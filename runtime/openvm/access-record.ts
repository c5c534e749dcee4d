// Records of blocks of memory that were taken apart or put together, which the access adapters' rows are made from.
// Reference: openvm:crates/vm/src/system/memory/adapter/records.rs, v1.4.0.
//
//   u32 timestamp, top bit set where blocks were merged │ u32 address space │ u32 pointer │ u32 cells of the block
//   u32 cells of each piece │ u32 bytes of a cell │ u32 timestamp of each piece, of a split 0 │ the cells' bytes, to a multiple of 4

import type { DenseRecordArena } from './arena.ts';

const HEADER_WORDS = 6;
const MERGED = 0x8000_0000;

export interface AccessRecord {
  readonly isMerge: boolean;
  readonly timestamp: number;
  readonly space: number;
  readonly pointer: number;
  readonly block: number;
  readonly lowest: number;
  readonly cellBytes: number;
  /** Of each piece; of a split none. */
  readonly timestamps: readonly number[];
  /** The bytes of the block's cells. */
  readonly data: Uint8Array;
}

const wordsOf = (bytes: number): number => Math.ceil(bytes / 4);

/** Bytes of a record. */
export const recordBytes = (block: number, lowest: number, cellBytes: number): number =>
  4 * (HEADER_WORDS + block / lowest + wordsOf(block * cellBytes));

/** Appends it; one whose block is a single piece is none. */
export function appendRecord(arena: DenseRecordArena, record: AccessRecord): void {
  const { block, lowest, cellBytes, data } = record;
  if (block === lowest) return;
  const at = arena.alloc(recordBytes(block, lowest, cellBytes)) / 4;
  const { i32 } = arena;
  i32[at] = record.isMerge ? record.timestamp | MERGED : record.timestamp;
  i32[at + 1] = record.space;
  i32[at + 2] = record.pointer;
  i32[at + 3] = block;
  i32[at + 4] = lowest;
  i32[at + 5] = cellBytes;
  if (record.isMerge) i32.set(record.timestamps, at + HEADER_WORDS);
  arena.u8.set(data, 4 * (at + HEADER_WORDS + block / lowest));
}

/** The records of an arena, in order. */
export function* readRecords(bytes: Uint8Array): Generator<AccessRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const [head, space, pointer, block, lowest, cellBytes] = Array.from({ length: HEADER_WORDS }, (_, i) =>
      view.getUint32(at + 4 * i, true),
    ) as [number, number, number, number, number, number];
    const pieces = block / lowest;
    const start = at + 4 * (HEADER_WORDS + pieces);
    const isMerge = head >= MERGED;
    yield {
      isMerge,
      timestamp: head % MERGED,
      space,
      pointer,
      block,
      lowest,
      cellBytes,
      timestamps: isMerge
        ? Array.from({ length: pieces }, (_, i) => view.getUint32(at + 4 * (HEADER_WORDS + i), true))
        : [],
      data: bytes.subarray(start, start + block * cellBytes),
    };
    at += recordBytes(block, lowest, cellBytes);
  }
}

/** Bytes of an arena that cannot be too small for adapters of these heights, of 2, 4, 8 … cells. */
export const accessArenaBound = (heights: readonly number[]): number =>
  heights.reduce((sum, height, i) => sum + height * (4 * HEADER_WORDS + 8 * 2 ** (i + 1)), 0);
