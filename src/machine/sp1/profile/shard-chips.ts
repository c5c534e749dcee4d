// The chips of a core shard as a profile has them: what each shard, each word and each table adds.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { ProfileChip } from '../../../planner/run/run-profile.ts';
import { BYTE_ROWS, CHIP_NAMES, type ChipName, RANGE_ROWS } from '../records/chips.ts';

const REGISTERS = 32;
/** Each register is local to every shard, and is sent and received. */
const PER_SHARD: Partial<Record<ChipName, number>> = {
  Byte: BYTE_ROWS,
  Range: RANGE_ROWS,
  MemoryBump: REGISTERS,
  MemoryLocal: REGISTERS,
  Global: 2 * REGISTERS,
};
const PER_WORD: Partial<Record<ChipName, number>> = { MemoryLocal: 1, Global: 2 };
const ALWAYS: ReadonlySet<ChipName> = new Set(['Program', 'Global', 'Byte', 'Range', 'MemoryBump', 'StateBump']);

export function shardChips({ text }: Program): readonly ProfileChip[] {
  return CHIP_NAMES.map(name => ({
    name,
    columns: AREA[name],
    perShard: name === 'Program' ? text.length >>> 2 : (PER_SHARD[name] ?? 0),
    perWord: PER_WORD[name] ?? 0,
    always: ALWAYS.has(name),
  }));
}
