// What the command's options say of cutting shards, as an index keeps it.

import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../../machine/sp1/records/cut/shape.ts';
import type { MemoryShards, ShardOptions } from '../../../machine/sp1/records/shards.ts';
import type { Arguments } from '../../command.ts';
import type { ReportedShard } from './report-shard.ts';

/** What a run's shards are cut by. */
export interface ShardCuts {
  readonly elementThreshold: number;
  readonly heightThreshold: number;
  readonly memoryShards: MemoryShards;
  /** The only one that was asked for. */
  readonly onlyShard?: number;
  /** Where a plan cuts: clocks at which core shards begin. */
  readonly planned?: readonly number[];
}

const DEFAULT_CUTS: ShardCuts = {
  elementThreshold: DEFAULT_ELEMENT_THRESHOLD,
  heightThreshold: DEFAULT_HEIGHT_THRESHOLD,
  memoryShards: 'separate',
};

/** What an index says of it; those that were left out have their defaults. */
export function cutOptionsOf(cuts: ShardCuts = DEFAULT_CUTS): ShardOptions {
  const { elementThreshold: elements, heightThreshold: height, memoryShards, planned } = cuts;
  return { elements, height, memoryShards, cuts: planned };
}

/** What the options say of it. */
export function cutsOf(args: Arguments, shards: readonly ReportedShard[]): ShardCuts {
  const onlyShard = args['only-shard'] as number | undefined;
  const planned = shards.filter(({ kind }) => kind === 'core').map(({ clkStart }) => clkStart);
  return {
    elementThreshold: args['element-threshold'] as number,
    heightThreshold: args['height-threshold'] as number,
    memoryShards: args['memory-shards'] as MemoryShards,
    ...(onlyShard === undefined ? {} : { onlyShard }),
    ...(args.plan === undefined ? {} : { planned }),
  };
}
