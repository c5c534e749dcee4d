import { describe, test } from 'vitest';
import { SHARD_RUNS } from './shard-runs.ts';
import { expectTracesOf } from './trace-runs.ts';

/** Small ones of each kind; all others are in traces.slow.test.ts. */
const QUICK = ['unconstrained-99', 'fibonacci-20-chunks'];

describe('the shards of a run', () => {
  test.each(QUICK)("have SP1's columns and public values: %s", async name => {
    const run = SHARD_RUNS.find(one => one.name === name)!;
    await expectTracesOf(run, 'packed');
  });

  test("have SP1's memory shards where these are separate", async () => {
    await expectTracesOf(SHARD_RUNS.find(one => one.name === 'fibonacci-20')!, 'separate');
  });
});
