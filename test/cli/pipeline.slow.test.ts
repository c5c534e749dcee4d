import { describe, test } from 'vitest';
import { isPartial, SHARD_RUNS } from '../machine/sp1/shard-runs.ts';
import { expectThreadsMake } from './pipeline-runs.ts';

/** Kinds of shards, calls over several shards, memory packed and apart, shards that cannot be proved, waiting commitments. */
const RUNS = SHARD_RUNS.filter(run =>
  [
    ...['precompiles-area', 'precompiles-chunks', 'hints-chunks', 'echo-chunks', 'unconstrained-99-chunks'],
    ...['public-values-300-chunks', 'keccak-10-chunks', 'edge-chunks'],
  ].includes(run.name),
).filter(run => !isPartial(run));

const WORKERS = [1, 2, 4];

describe.each(WORKERS)('shards on %i threads', workers => {
  // Each run on two of the numbers of threads.
  const some = RUNS.filter((_, i) => (i + WORKERS.indexOf(workers)) % 3 !== 0);
  test.each(some.map(run => [run.name, run] as const))("are SP1's, packed: %s", async (_name, run) => {
    await expectThreadsMake(run, 'packed', workers);
  });

  test.each(RUNS.slice(0, 2).map(run => [run.name, run] as const))("are SP1's, memory apart: %s", async (_n, run) => {
    await expectThreadsMake(run, 'separate', workers);
  });
});
