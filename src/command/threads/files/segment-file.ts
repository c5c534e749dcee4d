// What the file of an OpenVM segment says before its columns.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { ShardFileHeader } from '../../../../runtime/columns/shard-file.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import type { SegmentFacts } from '../../../machine/openvm/pipeline/protocol.ts';
import { placedChips } from './column-file.ts';

export function segmentHeader({ index, airs }: Pick<SegmentFacts, 'index' | 'airs'>): ShardFileHeader {
  const placed = placedChips(airs.map(air => ({ ...air, chip: OPENVM_CHIPS[air.id]! })));
  return { machine: 'openvm', shard: index, field: babyBear.name, form: 'canonical', chips: placed };
}
