// The memory of a segment in flight, and what lies in it.
//
//   0         inverses, 1 MiB; then a table of lookups for each thread
//   records   those of instructions, as the preflight run wrote them: the events of their AIRs
//             events of other AIRs, counts of instructions
//   end       columns

import { OPENVM_SLOTS } from '../../../../codegen/chips/openvm/lookups.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import { ShardBoard } from '../../../tracegen/board.ts';
import { align, ChipFiller, ChipModules, shardMemory } from '../../../tracegen/fill.ts';
import { roomBytes, type SharedPlace } from '../../../tracegen/threads/place.ts';

/** Byte address of the first record. */
export const recordsAt = (seats: number): number => align(roomBytes(seats, OPENVM_SLOTS));

/** For as many threads as `seats`. */
export function createPlace(seats: number): SharedPlace {
  const memory = shardMemory();
  const filler = new ChipFiller(memory, new ChipModules());
  filler.reserve(recordsAt(seats));
  filler.writeInverses(babyBear, 0);
  return { memory, board: new ShardBoard().shared, room: 0, slots: OPENVM_SLOTS };
}
