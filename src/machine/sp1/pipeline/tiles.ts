// Fills a tile of a shard in flight, in whichever thread.

import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { ChipRows } from '../../../tracegen/fill.ts';
import { CHIP_NAMES } from '../records/chips.ts';
import type { PlaceView } from './place.ts';
import type { ShardSink } from './sink.ts';

/** Flag of a chip. */
export const UNORDERED = 1;

/** Fills a tile, and finishes its chip where it was the last; false where there is none. */
export function fillOne(place: PlaceView, sink: ShardSink, isOwner: boolean): boolean {
  const { board, filler } = place;
  const tile = board.claim();
  if (tile === undefined) return false;
  const { seat, isNew } = isOwner ? { seat: 0, isNew: false } : board.seat();
  if (isNew) place.counts(seat).fill(0);
  const { chip: number, events, columns, realRows, rows, flags, before } = tile.chip;
  const chip = sp1Chip(CHIP_NAMES[number]!);
  const at: ChipRows = { events, columns, realRows, rows, counts: place.countsAt(seat), inverses: place.inverses };
  filler.fill(chip, at, tile.from, tile.to);
  if (board.isLast(tile)) {
    const made = filler.finish(chip, at);
    sink.chip?.(made, { shard: board.tag, before, isUnordered: (flags & UNORDERED) !== 0 }, board.result(tile.place));
  }
  board.finish();
  return true;
}
