// A place where columns are filled, seen from the threads that fill: one memory with a room for inverses and a table of lookups
// for each thread; what is before and behind the room is its owner's.

import { addCounts } from '../../../runtime/columns/counts.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import type { WasmMemory } from '../../../runtime/memory/wasm-types.ts';
import { ShardBoard } from '../board.ts';
import { align, ChipFiller, type ChipModules, INVERSE_BYTES } from '../fill.ts';

/** What is made takes more memory than it was given. */
export class PlaceFull extends JitExecError {
  /** At least. */
  readonly needBytes: number;

  constructor(needBytes: number, limit: number) {
    super('PLAN_INFEASIBLE', `shards: one needs more than ${needBytes} bytes, it was given ${limit}`);
    this.needBytes = needBytes;
  }
}

/** What other threads need to help. */
export interface SharedPlace {
  readonly memory: WasmMemory;
  readonly board: SharedArrayBuffer;
  /** Byte address of the inverses, behind which the tables of lookups are. */
  readonly room: number;
  /** Multiplicities of a table of lookups. */
  readonly slots: number;
}

const countBytes = (slots: number): number => align(4 * slots);

/** Bytes of a room for so many threads. */
export const roomBytes = (seats: number, slots: number): number => INVERSE_BYTES + seats * countBytes(slots);

/** A thread's view of a place. */
export class PlaceView {
  readonly filler: ChipFiller;
  readonly board: ShardBoard;
  readonly shared: SharedPlace;

  constructor(shared: SharedPlace, modules: ChipModules) {
    this.shared = shared;
    this.filler = new ChipFiller(shared.memory, modules);
    this.board = new ShardBoard(shared.board);
  }

  get inverses(): number {
    return this.shared.room;
  }

  countsAt(seat: number): number {
    return this.shared.room + INVERSE_BYTES + seat * countBytes(this.shared.slots);
  }

  counts(seat: number): Uint32Array {
    return this.filler.words(this.countsAt(seat), this.shared.slots);
  }
}

/** The owner's, who hands out what is behind the room. */
export class OwnPlace extends PlaceView {
  /** Bytes that may be taken; more throws PlaceFull. */
  limit: number = Number.POSITIVE_INFINITY;
  /** Most bytes that were taken since something began. */
  peak = 0;
  /** The next free byte. */
  #at = 0;

  /** The memory as it is now: all of what was taken. */
  get buffer(): SharedArrayBuffer {
    return this.shared.memory.buffer as SharedArrayBuffer;
  }

  /** Something begins; what is recorded of it ends at `end`. */
  begin(tag: number, end: number): void {
    this.board.begin(tag);
    this.counts(0).fill(0);
    this.peak = 0;
    this.#moveTo(align(end));
  }

  #moveTo(at: number): void {
    if (at > this.limit) throw new PlaceFull(at, this.limit);
    this.peak = Math.max(this.peak, at);
    this.#at = at;
  }

  /** So many bytes of the memory. */
  take(bytes: number): number {
    const at = this.#at;
    this.#moveTo(align(at + bytes));
    this.filler.reserve(this.#at);
    return at;
  }

  /** All bytes taken from here on may be taken again. */
  get mark(): number {
    return this.#at;
  }

  reset(mark: number): void {
    this.#at = mark;
  }

  /** Adds the lookups that other threads counted to those of the owner. */
  gatherCounts(): Uint32Array {
    const counts = this.counts(0);
    for (let seat = 1; seat < this.board.seats; seat++) addCounts(counts, this.counts(seat));
    return counts;
  }
}
