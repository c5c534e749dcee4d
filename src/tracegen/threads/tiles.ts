// Fills a tile of what a place has on its board, in whichever thread.

import type { Chip } from '../../../codegen/chips/chip.ts';
import type { ChipRows } from '../fill.ts';
import type { PlaceView } from './place.ts';
import type { ChipSink } from './sink.ts';

/** Flag of a chip. */
export const UNORDERED = 1;

/**
 * Fills a tile, and finishes its chip where it was the last; false where there is none. `chipOf`: by the number that the board
 * has for it.
 */
export function fillOne(place: PlaceView, chipOf: (number: number) => Chip, sink: ChipSink, isOwner: boolean): boolean {
  const { board, filler } = place;
  const tile = board.claim();
  if (tile === undefined) return false;
  const { seat, isNew } = isOwner ? { seat: 0, isNew: false } : board.seat();
  if (isNew) place.counts(seat).fill(0);
  const { chip: number, events, columns, realRows, rows, flags, before } = tile.chip;
  const chip = chipOf(number);
  const at: ChipRows = { events, columns, realRows, rows, counts: place.countsAt(seat), inverses: place.inverses };
  filler.fill(chip, at, tile.from, tile.to);
  if (board.isLast(tile)) {
    const made = filler.finish(chip, at);
    sink.chip?.(made, { shard: board.tag, before, isUnordered: (flags & UNORDERED) !== 0 }, board.result(tile.place));
  }
  board.finish();
  return true;
}
