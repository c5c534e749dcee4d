import { describe, test } from 'vitest';
import { isPartial, SHARD_RUNS, type ShardRun } from './shard-runs.ts';
import { expectTracesOf } from './trace-runs.ts';

const named = (runs: readonly ShardRun[]): [string, ShardRun][] => runs.map(run => [run.name, run]);
const WHOLE = SHARD_RUNS.filter(run => !isPartial(run));
/** Their memory shards when these are separate have the same rows as the packed ones, but for one that is cut into seven. */
const isLarge = ({ imageGranules, name }: ShardRun): boolean => imageGranules >= 10_000 && name !== 'block-1-area';

describe('the shards of recorded runs', () => {
  test.each(named(WHOLE))("have SP1's columns and public values: %s", async (_name, run) => {
    await expectTracesOf(run, 'packed');
  });

  // Of a run of 500 M instructions whose last shards are recorded, only cuts and counts are compared (splices.slow.test.ts).
  test.each(named(SHARD_RUNS.filter(({ name }) => name.endsWith('-first'))))(
    "have SP1's columns and public values where a run is stopped behind them: %s",
    async (_name, run) => {
      await expectTracesOf(run, 'packed');
    },
  );

  test.each(named(WHOLE.filter(run => !isLarge(run))))(
    "have SP1's memory shards where these are separate: %s",
    async (_name, run) => {
      await expectTracesOf(run, 'separate');
    },
  );
});
