// The memory of a shard in flight, and what lies in it.
//
//   0                 the walk's own piece: registers, entries at hand, slots of the text (walk/layout.ts)
//   recorder.room     inverses, 1 MiB; then a table of lookups for each thread, 2 MiB
//   recorder.roomEnd  what the walk records: executions, the table of doublewords, events by chip
//   recorder.end      events that are made otherwise
//   + events          columns
//
// Filling functions have one memory, so what they read lies where they write: events that the walk recorded are never copied.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { addCounts } from '../../../../runtime/columns/counts.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { WasmMemory } from '../../../../runtime/memory/wasm-types.ts';
import { ShardBoard } from '../../../tracegen/board.ts';
import { align, ChipFiller, type ChipModules, eventRoom, INVERSE_BYTES, shardMemory } from '../../../tracegen/fill.ts';
import { Recorder } from '../records/recorder.ts';

const COUNT_BYTES = align(4 * SLOTS);

/** What other threads need to help. */
export interface SharedPlace {
  readonly memory: WasmMemory;
  readonly board: SharedArrayBuffer;
  /** Byte address of the inverses, behind which the tables of lookups are. */
  readonly room: number;
}

/** A thread's view of a place. */
export class PlaceView {
  readonly filler: ChipFiller;
  readonly board: ShardBoard;
  readonly #room: number;

  constructor({ memory, board, room }: SharedPlace, modules: ChipModules) {
    this.filler = new ChipFiller(memory, modules);
    this.board = new ShardBoard(board);
    this.#room = room;
  }

  get inverses(): number {
    return this.#room;
  }

  countsAt(seat: number): number {
    return this.#room + INVERSE_BYTES + seat * COUNT_BYTES;
  }

  counts(seat: number): Uint32Array {
    return this.filler.words(this.countsAt(seat), SLOTS);
  }
}

/** The owner's. */
export class Place extends PlaceView {
  readonly shared: SharedPlace;
  readonly recorder: Recorder;
  /** The next free byte. */
  #at = 0;

  /** For as many threads as `seats`. */
  static create(program: Program, seats: number, modules: ChipModules): Place {
    const memory = shardMemory();
    const recorder = new Recorder(program, { memory }, INVERSE_BYTES + seats * COUNT_BYTES);
    const place = new Place({ memory, board: new ShardBoard().shared, room: recorder.room }, recorder, modules);
    place.filler.reserve(recorder.roomEnd);
    place.filler.writeInverses(koalaBear, place.inverses);
    return place;
  }

  private constructor(shared: SharedPlace, recorder: Recorder, modules: ChipModules) {
    super(shared, modules);
    this.shared = shared;
    this.recorder = recorder;
  }

  /** The memory as it is now: all of what was taken. */
  get buffer(): SharedArrayBuffer {
    return this.shared.memory.buffer as SharedArrayBuffer;
  }

  /** A shard begins; what it records ends at `end`. */
  begin(tag: number, end: number): void {
    this.board.begin(tag);
    this.counts(0).fill(0);
    this.#at = align(end);
  }

  /** Where events lie: where they are, if the walk recorded them, or in a copy. */
  eventsAt(structs: Uint8Array): number {
    if (structs.buffer === this.recorder.buffer) return structs.byteOffset;
    const at = this.take(eventRoom(structs.length));
    this.filler.bytes(at, structs.length).set(structs);
    return at;
  }

  /** So many bytes of the memory. */
  take(bytes: number): number {
    const at = this.#at;
    this.#at = align(at + bytes);
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
