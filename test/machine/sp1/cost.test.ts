// What `cost` counts while a guest runs against what SP1's own crates recorded of the same run's shards.

import { describe, expect, it, test } from 'vitest';
import { cost } from '../../../src/verbs/cost.ts';
import { execute } from '../../../src/verbs/execute.ts';
import { costs, expectCostsOfMixes, recordedCosts as recorded } from './cost-runs.ts';
import { elfOf, inputsOf, isPartial, SHARD_RUNS, type ShardRun } from './shard-runs.ts';

/** The others are in cost.slow.test.ts. */
const RUNS = SHARD_RUNS.filter(run => run.cycles < 3e5 && !isPartial(run));
const named = (runs: readonly ShardRun[]): [string, ShardRun][] => runs.map(run => [run.name, run]);

describe('the cost of a run', () => {
  test.each(named(RUNS))('has the shards and rows that SP1 has: %s', (_name, run) => {
    expect(costs(run, 'packed')).toEqual(recorded(run.shards));
    const memory = costs(run, 'separate').filter(shard => (shard as { kind: string }).kind === 'memory');
    expect(memory).toEqual(recorded(run.memoryShards));
  });

  test.each(
    named(
      RUNS.filter(({ name }) => /^(precompiles|precompiles-chunks|hints-area|unconstrained-99-chunks)$/.test(name)),
    ),
  )('is the same on every engine: %s', (_name, run) => {
    for (const engine of ['js', 'interpreter'] as const)
      expect(costs(run, 'packed', engine, 1)).toEqual(recorded(run.shards));
  });

  it('is that of the shards where calls, inputs, loads and stores take memory from each other', () => {
    expectCostsOfMixes(4);
  });

  it.each(['fibonacci', 'precompiles', 'hints', 'unconstrained'])('has the gas and memory of a report: %s', name => {
    const run = RUNS.find(each => each.name.startsWith(name))!;
    const options = { inputs: inputsOf(run) };
    const { report } = execute(elfOf(run), { ...options, report: true, engine: 'interpreter' });
    const { gas, rawGas, opcodes, peaks } = cost(elfOf(run), options).cost;
    expect({
      gas,
      rawGas,
      opcodes,
      touchedBytes: peaks.guestBytes,
      heapBytes: peaks.heapBytes,
      stackBytes: peaks.stackBytes,
      unalignedAccesses: 0,
    }).toEqual({
      ...report,
    });
  });
});
