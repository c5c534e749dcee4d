// What the command's options say of cutting shards, as an index keeps it.

import type { MemoryShards } from '../../../machine/sp1/records/shards.ts';
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
