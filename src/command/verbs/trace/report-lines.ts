// Lines on shards, for people.

import { failureLine } from '../../../tracegen/failures.ts';
import type { ShardsChecked } from '../../../verbs/check-shards.ts';
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

/** For people: what a check found, or that it found nothing. */
export function checkedLines(checked: ShardsChecked, quiet: boolean, hasColumns = true): string[] {
  const { shards, failures, failureCount, isWhole } = checked;
  const more = failureCount - failures.length;
  const found = [...failures.map(failureLine), ...(more > 0 ? [`and ${more} more`] : [])];
  if (failureCount > 0) return [...found, `${failureCount} failures in ${shards} ${shards === 1 ? 'shard' : 'shards'}`];
  if (quiet) return [];
  if (!hasColumns) return [`${shards} ${shards === 1 ? 'shard agrees' : 'shards agree'}`];
  const sum = isWhole
    ? 'the global sum closes'
    : 'the global sum was not looked at: not all shards of a whole run are there';
  return [`${shards} ${shards === 1 ? 'shard' : 'shards'} checked: constraints, lookups and buses hold, ${sum}`];
}
