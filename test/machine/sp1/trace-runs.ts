// Whole shards of recorded runs, compared by the hashes of their columns.

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { type Columns, rowMajor } from '../../../runtime/columns/columns.ts';
import type { MemoryShards } from '../../../src/machine/sp1/records/shards.ts';
import { traceShards } from '../../../src/verbs/trace-shards.ts';
import { elfOf, inputsOf, isPartial, PREPROCESSED, type RecordedShard, type ShardRun } from './shard-runs.ts';

const BLOCK = 256;

/** Of all rows, one after the other. */
export function digestOf(columns: Columns): string {
  const hash = createHash('sha256');
  const block = new Uint32Array(BLOCK * columns.width);
  for (let row = 0; row < columns.rows; row += BLOCK) {
    hash.update(rowMajor(columns, row, Math.min(columns.rows, row + BLOCK), block));
  }
  return hash.digest('hex');
}

const rowOf = (columns: Columns): readonly [string, number, number, number, string] => {
  const { name, rows, width, realRows } = columns;
  return [name, rows, width, realRows, digestOf(columns)];
};

/** Enough to be well in the shard behind those that were recorded of the run's beginning. */
function cyclesBehind({ shards }: ShardRun): number {
  return Math.ceil(shards.at(-1)!.clk[1] / 8) + 100_000;
}

/** Compares every column and public value of a run's shards with those recorded, which may be its first ones only. */
export async function expectTracesOf(run: ShardRun, memoryShards: MemoryShards): Promise<void> {
  const made: { chips: unknown[]; publicValues: readonly number[]; kind: string }[] = [];
  await traceShards(elfOf(run), {
    workers: 0,
    inputs: inputsOf(run),
    chunkEntries: run.chunkEntries,
    elementThreshold: run.elementThreshold,
    heightThreshold: run.heightThreshold,
    memoryShards,
    ...(isPartial(run) ? { maxCycles: cyclesBehind(run) } : {}),
    onPreprocessed: columns => {
      const rows: unknown[] = [];
      for (const one of columns) rows.push([one.name, one.rows, one.width, digestOf(one)]);
      expect(rows).toEqual(PREPROCESSED(run));
    },
    onShard: ({ kind, columns, publicValues }) => {
      made.push({ kind, chips: columns.map(rowOf), publicValues });
    },
  });
  const all = memoryShards === 'packed' ? run.shards : run.memoryShards;
  const ours = memoryShards === 'packed' ? made : made.filter(({ kind }) => kind === 'memory');
  if (isPartial(run)) expect(ours.length).toBeGreaterThanOrEqual(all.length);
  else expect(ours.length).toBe(all.length);
  for (const [i, shard] of all.entries()) expectShard(ours[i]!, shard);
}

function expectShard(made: { chips: unknown[]; publicValues: readonly number[] }, recorded: RecordedShard): void {
  if (recorded.panic !== undefined) {
    expect(made.chips).toEqual([]);
    return;
  }
  expect(made.chips).toEqual(recorded.chips!.map(chip => chip.slice(0, 5)));
  const values = recorded.publicValues!;
  expect(made.publicValues).toEqual([...values, ...new Array(160 - values.length).fill(0)]);
}
