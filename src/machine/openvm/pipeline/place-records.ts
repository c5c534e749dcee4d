// Where a guest records a segment: records of instructions are written where fillers read them, other events behind them.

import { align, ChipFiller, ChipModules, eventRoom } from '../../../tracegen/fill.ts';
import type { SharedPlace } from '../../../tracegen/threads/place.ts';
import { recordsAt } from './place.ts';
import type { PlacedSegment } from './protocol.ts';
import type { RecordedEvents } from './recorder.ts';

export class PlaceRecords {
  readonly #place: SharedPlace;
  readonly #filler: ChipFiller;
  readonly #start: number;
  #end = 0;

  /** For as many threads as `seats`. */
  constructor(place: SharedPlace, seats: number) {
    this.#place = place;
    this.#filler = new ChipFiller(place.memory, new ChipModules());
    this.#start = recordsAt(seats);
  }

  /** So many words, for a segment's records. */
  readonly allot = (words: number): Int32Array => {
    this.#end = this.#start + eventRoom(4 * words);
    this.#filler.reserve(this.#end);
    return new Int32Array(this.#place.memory.buffer, this.#start, words);
  };

  /** All events of the segment whose arenas were allotted. */
  put({ facts, events }: RecordedEvents): PlacedSegment {
    const placed = events.map(structs => structs && this.#addressOf(structs));
    return { facts, events: placed, end: align(this.#end) };
  }

  #addressOf(structs: Uint8Array): number {
    if (structs.buffer instanceof SharedArrayBuffer) return structs.byteOffset;
    const at = this.#end;
    this.#end = at + eventRoom(structs.length);
    this.#filler.reserve(this.#end);
    this.#filler.bytes(at, structs.length).set(structs);
    return at;
  }
}
