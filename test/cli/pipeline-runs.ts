// Recorded runs through the built library's threads.

import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { MemoryShards } from '../../src/machine/sp1/records/shards.ts';
import { elfOf, inputsOf, type ShardRun } from '../machine/sp1/shard-runs.ts';
import { digestOf } from '../machine/sp1/trace-runs.ts';

const dist = (path: string): string => fileURLToPath(new URL(`../../dist/src/${path}`, import.meta.url));
type Library = typeof import('../../src/shards.ts');

export const library = (): Promise<Library> => import(dist('shards.js'));

/** Makes a run's shards on so many threads and compares columns, public values and their order. */
export async function expectThreadsMake(run: ShardRun, memoryShards: MemoryShards, workers: number): Promise<void> {
  const { traceShards } = await library();
  const made: { index: number; kind: string; chips: unknown[]; publicValues: readonly number[] }[] = [];
  let isBusy = false;
  await traceShards(elfOf(run), {
    inputs: inputsOf(run),
    chunkEntries: run.chunkEntries,
    elementThreshold: run.elementThreshold,
    heightThreshold: run.heightThreshold,
    memoryShards,
    workers,
    onShard: async ({ index, kind, columns, publicValues }) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      // What holds up one shard must not let the next overwrite it.
      await new Promise(resolve => setTimeout(resolve, 5));
      const chips = columns.map(one => [one.name, one.rows, one.width, one.realRows, digestOf(one)]);
      made.push({ index, kind, chips, publicValues });
      isBusy = false;
    },
  });
  expect(made.map(({ index }) => index)).toEqual([...made.keys()]);
  const recorded = memoryShards === 'packed' ? run.shards : run.memoryShards;
  const ours = memoryShards === 'packed' ? made : made.filter(({ kind }) => kind === 'memory');
  expect(ours.length).toBe(recorded.length);
  for (const [i, { panic, chips = [], publicValues: values = [] }] of recorded.entries()) {
    expect(ours[i]!.chips).toEqual(panic === undefined ? chips.map(chip => chip.slice(0, 5)) : []);
    if (panic !== undefined) continue;
    expect(ours[i]!.publicValues).toEqual([...values, ...new Array(160 - values.length).fill(0)]);
  }
}
