// The end of a recorded memory: what was touched, in blocks of one size with the time of each, and the records that make
// them of the blocks that there are. Reference: openvm:crates/vm/src/system/memory/online.rs (handle_touched_blocks), v1.4.0.

import { assert } from '../errors.ts';
import { cellsOfBytes } from './address-map.ts';
import { CHUNK } from './address-spaces.ts';
import type { TracingMemory } from './tracing-memory.ts';

/** A block that was touched, at the end of the run. */
export interface TouchedBlock {
  readonly space: number;
  readonly pointer: number;
  readonly timestamp: number;
  /** Its cells, as elements of the field. */
  readonly values: readonly number[];
}

interface Touched {
  readonly space: number;
  readonly pointer: number;
  readonly cells: number;
  readonly timestamp: number;
}

/** All touched blocks, by address. */
function* touchedBlocks({ metadata }: TracingMemory): Generator<Touched> {
  for (const [space, entries] of metadata.entries()) for (const block of entries.blocks()) yield { space, ...block };
}

/** Collects cells until they are a chunk. */
class Chunks {
  readonly #memory: TracingMemory;
  readonly #chunk: number;
  readonly found: TouchedBlock[] = [];
  #space = 0;
  #start = 0;
  #cells = 0;
  #times: number[] = [];

  constructor(memory: TracingMemory, chunk: number) {
    this.#memory = memory;
    this.#chunk = chunk;
  }

  get isEmpty(): boolean {
    return this.#cells === 0;
  }

  add({ space, pointer, cells, timestamp }: Touched): void {
    const { metadata } = this.#memory;
    const { align } = metadata[space]!;
    const follows = space === this.#space && pointer === this.#start + this.#cells;
    assert(this.isEmpty || follows, `openvm: touched cells at ${pointer} do not follow`);
    assert(!this.isEmpty || pointer % this.#chunk === 0, `openvm: touched cells begin at ${pointer}`);
    if (this.isEmpty) [this.#space, this.#start] = [space, pointer];
    if (cells > align) this.#memory.splitRecord(space, pointer, cells, align, timestamp);
    if (align > this.#chunk) this.#cut(space, pointer, cells, timestamp);
    else for (let at = pointer; at < pointer + cells; at += align) this.#addPiece(align, timestamp);
  }

  /** Blocks that are larger than a chunk. */
  #cut(space: number, pointer: number, cells: number, timestamp: number): void {
    const { align } = this.#memory.metadata[space]!;
    for (let at = pointer; at < pointer + cells; at += align)
      this.#memory.splitRecord(space, at, align, this.#chunk, timestamp);
    for (let at = pointer; at < pointer + cells; at += this.#chunk) this.#finish(space, at, timestamp);
  }

  #addPiece(align: number, timestamp: number): void {
    this.#times.push(timestamp);
    this.#cells += align;
    if (this.#cells < this.#chunk) return;
    const data = this.#memory.data.read(this.#space, this.#start, this.#chunk);
    this.#finish(
      this.#space,
      this.#start,
      this.#memory.mergeRecord(this.#space, this.#start, align, data, this.#times),
    );
    this.#start += this.#chunk;
    this.#cells = 0;
    this.#times = [];
  }

  #finish(space: number, pointer: number, timestamp: number): void {
    const { data } = this.#memory;
    const values = cellsOfBytes(data.read(space, pointer, this.#chunk), data.spaces[space]!.cellBytes);
    this.found.push({ space, pointer, timestamp, values });
  }
}

/**
 * The touched cells in chunks of 8 of a persistent memory, of 1 of a volatile one, by address; appends what records they
 * take. To be called once.
 */
export function finalize(memory: TracingMemory): readonly TouchedBlock[] {
  const chunks = new Chunks(memory, memory.initialBlock === 1 ? 1 : CHUNK);
  for (const block of touchedBlocks(memory)) chunks.add(block);
  assert(chunks.isEmpty, 'openvm: touched cells are no whole chunks');
  return chunks.found;
}
