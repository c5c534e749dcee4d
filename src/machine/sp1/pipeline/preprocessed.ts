// The columns that all shards of a program share.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { Filler } from '../../../tracegen/filler.ts';
import { byteEvents, ProgramTable, rangeEvents } from '../records/tables.ts';

/** In the machine's order, each valid until the next. */
export function* preprocessedColumns(program: Program): Generator<Columns> {
  const filler = new Filler(koalaBear, SLOTS);
  const none = new Uint32Array(SLOTS);
  for (const [name, events] of [
    ['Program', new ProgramTable(program).events],
    ['Byte', byteEvents(none)],
    ['Range', rangeEvents(none)],
  ] as const) {
    const chip = sp1Chip(name);
    const made = filler.fillFixed(chip, events, events.length / chip.event.bytes);
    yield name === 'Program' ? { ...made, realRows: program.text.length >>> 2 } : made;
  }
}
