// Recorded runs as `cost` counts them, and as they were recorded.

import { expect } from 'vitest';
import { cost } from '../../../src/cost.ts';
import type { Engine } from '../../../src/execute.ts';
import { elfOf, inputsOf, type ShardRun } from './shard-runs.ts';

export function costs(
  run: ShardRun,
  memoryShards: 'separate' | 'packed',
  engine: Engine = 'wasm',
  hot = 100,
): object[] {
  const result = cost(elfOf(run), {
    inputs: inputsOf(run),
    chunkEntries: run.chunkEntries,
    elementThreshold: run.elementThreshold,
    heightThreshold: run.heightThreshold,
    memoryShards,
    engine,
    hot,
  });
  expect(result.exit).toMatchObject({ kind: 'halted', code: run.exitCode });
  return result.cost.shards.map(({ kind, clkStart, clkEnd, chips, unprovable }) => ({
    kind,
    clk: [clkStart, clkEnd],
    chips: unprovable === undefined ? chips.map(({ name, rows, realRows }) => [name, rows, realRows]) : [],
  }));
}

export const recordedCosts = (shards: ShardRun['shards']): object[] =>
  shards.map(({ kind, clk, chips = [] }) => ({
    kind,
    clk,
    chips: chips.map(([name, rows, , realRows]) => [name, rows, realRows]),
  }));
