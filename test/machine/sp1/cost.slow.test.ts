// The longer recorded runs as `cost` counts them: clocks past 2^24, shards of SP1's own size. Others are in cost.test.ts.

import { expect, test } from 'vitest';
import { costs, expectCostsOfMixes, recordedCosts } from './cost-runs.ts';
import { isPartial, SHARD_RUNS, type ShardRun } from './shard-runs.ts';

const RUNS = SHARD_RUNS.filter(run => run.cycles >= 3e5 && !isPartial(run));

test.each(RUNS.map((run): [string, ShardRun] => [run.name, run]))(
  'has the shards and rows that SP1 has: %s',
  (_name, run) => {
    expect(costs(run, 'packed')).toEqual(recordedCosts(run.shards));
    const memory = costs(run, 'separate').filter(shard => (shard as { kind: string }).kind === 'memory');
    expect(memory).toEqual(recordedCosts(run.memoryShards));
  },
);

test('is that of the shards where calls, inputs, loads and stores take memory from each other', () => {
  expectCostsOfMixes(60);
});
