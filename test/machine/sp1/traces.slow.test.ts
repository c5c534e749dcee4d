import { describe, test } from 'vitest';
import { isPartial, SHARD_RUNS, type ShardRun } from './shard-runs.ts';
import { expectTracesOf } from './trace-runs.ts';

/** Rows of Global that a run may have: each takes some 0.1 ms. */
const MAX_GLOBAL_ROWS = 10_000;

const globalRows = ({ shards }: ShardRun): number =>
  shards.flatMap(({ chips = [] }) => chips).reduce((sum, [name, , , real]) => sum + (name === 'Global' ? real : 0), 0);

/** Guest `accesses` has doublewords below 32, whose memory rows no proof can have: only its other shards agree. */
const RUNS = SHARD_RUNS.filter(
  run => !isPartial(run) && !run.name.startsWith('accesses') && globalRows(run) < MAX_GLOBAL_ROWS,
).map(run => [run.name, run] as const);

describe('the shards of recorded runs', () => {
  test.each(RUNS)("have SP1's columns and public values: %s", async (_name, run) => {
    await expectTracesOf(run, 'packed');
  });

  // Of large images the packed runs above have the same rows.
  test.each(RUNS.filter(([, { imageGranules }]) => imageGranules < 10_000))(
    "have SP1's memory shards where these are separate: %s",
    async (_name, run) => {
      await expectTracesOf(run, 'separate');
    },
  );
});
