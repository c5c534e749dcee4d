// Lines on shards, for people.

import type { ReportedShard } from './report-shard.ts';

/** For people: how many shards of each kind, and which cannot be proved. */
export function shardLines(shards: readonly ReportedShard[], quiet: boolean): string[] {
  const unprovable = shards.flatMap(({ index, unprovable: found }) =>
    found === undefined ? [] : [`shard ${index} cannot be proved: ${found.reason}: ${found.address} at pc ${found.pc}`],
  );
  if (shards.length === 0 || quiet) return unprovable;
  const kinds = (['core', 'precompile', 'memory'] as const).map(kind => {
    const n = shards.filter(shard => shard.kind === kind).length;
    return `${n} ${kind}`;
  });
  return [`${shards.length} ${shards.length === 1 ? 'shard' : 'shards'}: ${kinds.join(', ')}`, ...unprovable];
}
