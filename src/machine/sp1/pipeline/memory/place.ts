// The memory of a shard in flight, and what lies in it.
//
//   0                 the walk's own piece: registers, entries at hand, slots of the text (walk/layout.ts)
//   recorder.room     inverses, 1 MiB; then a table of lookups for each thread, 2 MiB
//   recorder.roomEnd  what the walk records: executions, the table of doublewords, events by chip
//   recorder.end      events that are made otherwise
//   + events          columns
//
// Filling functions have one memory, so what they read lies where they write: events that the walk recorded are never copied.

import { SLOTS } from '../../../../../codegen/chips/sp1/bytes.ts';
import type { Program } from '../../../../../codegen/program/program.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';
import type { KeptCode } from '../../../../engine/code/kept-code.ts';
import { ShardBoard } from '../../../../tracegen/board.ts';
import { type ChipModules, eventRoom, shardMemory } from '../../../../tracegen/fill.ts';
import { OwnPlace, roomBytes, type SharedPlace } from '../../../../tracegen/threads/place.ts';
import { Recorder } from '../../records/recorder.ts';

export interface PlaceOptions {
  readonly seats: number;
  readonly modules: ChipModules;
  readonly kept?: KeptCode | undefined;
}

export class Place extends OwnPlace {
  readonly recorder: Recorder;

  /** For as many threads as `seats`. */
  static create(program: Program, { seats, modules, kept }: PlaceOptions): Place {
    const memory = shardMemory();
    const recorder = new Recorder(program, { memory, kept }, roomBytes(seats, SLOTS));
    const shared = { memory, board: new ShardBoard().shared, room: recorder.room, slots: SLOTS };
    const place = new Place(shared, recorder, modules);
    place.filler.reserve(recorder.roomEnd);
    place.filler.writeInverses(koalaBear, place.inverses);
    return place;
  }

  private constructor(shared: SharedPlace, recorder: Recorder, modules: ChipModules) {
    super(shared, modules);
    this.recorder = recorder;
  }

  /** Where events lie: where they are, if the walk recorded them, or in a copy. */
  eventsAt(structs: Uint8Array): number {
    if (structs.buffer === this.recorder.buffer) return structs.byteOffset;
    const at = this.take(eventRoom(structs.length));
    this.filler.bytes(at, structs.length).set(structs);
    return at;
  }
}
