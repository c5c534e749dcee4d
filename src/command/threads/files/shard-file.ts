// What the file of an SP1 shard says before its columns.

import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import type { ShardFileHeader } from '../../../../runtime/columns/shard-file.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { Shard } from '../../../machine/sp1/records/shards.ts';
import { placedChips } from './column-file.ts';

export function shardHeader({ index, chips }: Pick<Shard, 'index' | 'chips'>): ShardFileHeader {
  const placed = placedChips(chips.map(chip => ({ ...chip, chip: sp1Chip(chip.name) })));
  return { machine: 'sp1', shard: index, field: koalaBear.name, form: 'canonical', chips: placed };
}
