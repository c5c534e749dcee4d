import { describe, test } from 'vitest';
import { expectShardsOf, SHARD_RUNS } from './shard-runs.ts';

const RUNS = SHARD_RUNS.filter(({ cycles }) => cycles >= 3e5);

describe('the shards of a long run', () => {
  test.each(RUNS.map(run => [run.name, run] as const))(
    'are cut where SP1 cuts them and have its rows: %s',
    (_name, run) => {
      expectShardsOf(run, run.cycles < 1e8);
    },
  );
});
