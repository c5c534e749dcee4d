// Memory while a run is recorded: every access has a timestamp, is told when its block was accessed before, and leaves a
// record where blocks of other sizes must be taken apart or put together for it.
// Reference: openvm:crates/vm/src/system/memory/online.rs, v1.4.0; behaves so up to v1.7.

import { assert } from '../errors.ts';
import { type AccessBlock, AccessMetadata, blockWord, SIZE_SHIFT, TIME_MASK } from './access-metadata.ts';
import { appendRecord } from './access-record.ts';
import type { AddressMap } from './address-map.ts';
import { MAX_BLOCK } from './address-spaces.ts';
import type { DenseRecordArena } from './arena.ts';

/** Of the initial memory; accesses begin at 1. */
const INITIAL_TIMESTAMP = 0;
/** The size code of blocks of 4 cells. */
const CODE_4 = 3;
const NOW_4: number = CODE_4 << SIZE_SHIFT;

export interface EarlierAccess {
  /** When it was accessed before; 0 if never. */
  readonly previous: number;
  /** The bytes that were there. */
  readonly values: Uint8Array;
}

export class TracingMemory {
  readonly data: AddressMap;
  readonly records: DenseRecordArena;
  readonly metadata: readonly AccessMetadata[];
  /** Cells of the blocks in which the initial memory is given: 8 for a persistent memory, 1 for a volatile one. */
  readonly initialBlock: 1 | 8;
  /** Of the next access. */
  timestamp: number = INITIAL_TIMESTAMP + 1;

  constructor(data: AddressMap, initialBlock: 1 | 8, records: DenseRecordArena) {
    this.data = data;
    this.initialBlock = initialBlock;
    this.records = records;
    this.metadata = data.spaces.map(({ cells, minBlock }) => new AccessMetadata(cells, minBlock));
  }

  incrementBy(n: number): void {
    this.timestamp += n;
  }

  read(space: number, pointer: number, cells: number): EarlierAccess {
    this.#check(space, pointer, cells);
    const values = this.data.read(space, pointer, cells);
    const previous = this.#access(space, pointer, cells, values);
    this.timestamp++;
    return { previous, values };
  }

  /** Writes the bytes of whole cells. */
  write(space: number, pointer: number, bytes: Uint8Array): EarlierAccess {
    const cells = bytes.length / (this.data.spaces[space]?.cellBytes ?? 1);
    this.#check(space, pointer, cells);
    const values = this.data.read(space, pointer, cells);
    const previous = this.#access(space, pointer, cells, values);
    this.data.write(space, pointer, bytes);
    this.timestamp++;
    return { previous, values };
  }

  /**
   * Accesses four cells of one byte: when they were before. What is there stays: whoever writes does so behind this.
   * The way of every access of RV32IM.
   */
  access4(space: number, pointer: number): number {
    const metadata = this.metadata[space]!;
    const entry = pointer >>> 2;
    const page = metadata.pages[entry >>> 12];
    if (page !== undefined) {
      const word = page.words[entry & 4095]!;
      if (word >>> SIZE_SHIFT === CODE_4) {
        page.words[entry & 4095] = this.timestamp++ | NOW_4;
        return word & TIME_MASK;
      }
    }
    return this.read(space, pointer, 4).previous;
  }

  #check(space: number, pointer: number, cells: number): void {
    const config = this.data.spaces[space];
    assert(config !== undefined && space !== 0, `openvm: access to address space ${space}`);
    const isSize = cells >= config.minBlock && cells <= MAX_BLOCK && (cells & (cells - 1)) === 0;
    assert(isSize, `openvm: access of ${cells} cells`);
    assert(pointer % config.minBlock === 0, `openvm: pointer ${pointer} is not a multiple of ${config.minBlock}`);
    assert(pointer >= 0 && pointer + cells <= config.cells, `openvm: access to ${pointer} of ${config.cells}`);
  }

  /** When a block was accessed last; it is accessed now. */
  #access(space: number, pointer: number, cells: number, values: Uint8Array): number {
    const metadata = this.metadata[space]!;
    const found = metadata.blockAt(pointer);
    let previous = found.timestamp;
    if (found.pointer !== pointer || found.cells !== cells) {
      for (const block of this.#blocksToSplit(metadata, pointer, cells)) this.#split(space, block);
      previous = this.#merge(space, pointer, cells, values);
    }
    metadata.setBlock(pointer, cells, this.timestamp);
    return previous;
  }

  /** Touched blocks of more than the least size that lie in a range, in part or wholly. */
  #blocksToSplit(metadata: AccessMetadata, pointer: number, cells: number): AccessBlock[] {
    const blocks: AccessBlock[] = [];
    for (let at = pointer; at < pointer + cells; ) {
      const block = metadata.blockAt(at);
      if (block.cells > metadata.align) blocks.push(block);
      at = block.cells === 0 ? at + metadata.align : block.pointer + block.cells;
    }
    return blocks;
  }

  /** A block becomes blocks of the least size, of the same time. */
  #split(space: number, { pointer, cells, timestamp }: AccessBlock): void {
    const metadata = this.metadata[space]!;
    const { align } = metadata;
    if (cells === align) return;
    for (let at = pointer; at < pointer + cells; at += align) metadata.set(at / align, blockWord(align, timestamp), 0);
    this.splitRecord(space, pointer, cells, align, timestamp);
  }

  splitRecord(space: number, pointer: number, block: number, lowest: number, timestamp: number): void {
    const { cellBytes } = this.data.spaces[space]!;
    const data = this.data.read(space, pointer, block);
    appendRecord(this.records, {
      isMerge: false,
      timestamp,
      space,
      pointer,
      block,
      lowest,
      cellBytes,
      timestamps: [],
      data,
    });
  }

  mergeRecord(space: number, pointer: number, lowest: number, data: Uint8Array, timestamps: readonly number[]): number {
    const { cellBytes } = this.data.spaces[space]!;
    const timestamp = timestamps.reduce((most, time) => Math.max(most, time), INITIAL_TIMESTAMP);
    const block = data.length / cellBytes;
    appendRecord(this.records, {
      isMerge: true,
      timestamp,
      space,
      pointer,
      block,
      lowest,
      cellBytes,
      timestamps,
      data,
    });
    return timestamp;
  }

  /** Blocks of the least size become one: the last time that one of them was accessed. */
  #merge(space: number, pointer: number, cells: number, values: Uint8Array): number {
    const metadata = this.metadata[space]!;
    const { align } = metadata;
    const timestamps: number[] = [];
    for (let at = pointer; at < pointer + cells; at += align) {
      const block = metadata.blockAt(at);
      if (block.cells === 0) this.#firstTouch(space, at);
      timestamps.push(block.cells === 0 ? INITIAL_TIMESTAMP : block.timestamp);
    }
    return this.mergeRecord(space, pointer, align, values, timestamps);
  }

  /** Initial memory comes in blocks of another size: all pieces of a larger one are touched with it. */
  #firstTouch(space: number, pointer: number): void {
    const { align } = this.metadata[space]!;
    const { initialBlock } = this;
    if (initialBlock >= align) {
      const start = Math.floor(pointer / initialBlock) * initialBlock;
      this.#split(space, { pointer: start, cells: initialBlock, timestamp: INITIAL_TIMESTAMP });
      return;
    }
    // A volatile memory begins with zeros, cell by cell; upstream takes as many bytes as there are cells.
    const { cellBytes } = this.data.spaces[space]!;
    const times = Array.from({ length: align / initialBlock }, () => INITIAL_TIMESTAMP);
    this.mergeRecord(space, pointer, initialBlock, new Uint8Array(align * cellBytes), times);
  }
}
