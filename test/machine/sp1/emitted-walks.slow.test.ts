import { describe, expect, test } from 'vitest';
import { SHARD_RUNS } from './shard-runs.ts';
import { walkGenerated, walkTwice } from './walk-runs.ts';

const RUNS = SHARD_RUNS.filter(({ cycles }) => cycles < 6e5).map(run => [run.name, run] as const);

describe('emitted regions and the interpreting walk', () => {
  test.each(RUNS)('make the same shards and records of %s', (_name, run) => {
    walkTwice(run, run.heightThreshold);
  });

  test('agree on many generated programs', () => {
    expect(walkGenerated(40)).toBeGreaterThan(20);
  });
});
