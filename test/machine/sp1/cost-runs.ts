// Recorded runs as `cost` counts them, and as they were recorded.

import fc from 'fast-check';
import { expect } from 'vitest';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../../src/machine/sp1/records/cut/shape.ts';
import type { SplicedChunk } from '../../../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../src/machine/sp1/records/cut/splicer.ts';
import { Recorder } from '../../../src/machine/sp1/records/recorder.ts';
import { shardsOf } from '../../../src/machine/sp1/records/shards.ts';
import { cost } from '../../../src/verbs/cost.ts';
import type { Engine } from '../../../src/verbs/execute.ts';
import { trace } from '../../../src/verbs/trace.ts';
import { type CallMix, callMixes } from './call-mixes.ts';
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

const THRESHOLDS = { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD };

/** The shards that the chunks of a run are cut into; the recorder asserts that each has as many events as were counted. */
function shardsOfChunks({ elf, inputs }: CallMix, chunkEntries: number): object[] {
  const guest = loadGuest(elf, 'mix.elf', 'sp1');
  const splicer = new Splicer(guest.program, THRESHOLDS);
  const chunks: SplicedChunk[] = [];
  const recorder = new Recorder(guest.program);
  const options = { inputs, chunkEntries, machine: 'sp1' } as const;
  const onChunk = ({ raw }: { readonly raw: Uint8Array }): void => {
    const chunk = TraceChunk.fromRaw(raw);
    const spliced = splicer.splice(chunk);
    for (const splice of spliced.splices) recorder.record(chunk, splice);
    chunks.push(spliced);
  };
  const { exit, clk } = trace(elf, { ...options, onChunk });
  expect(exit).toMatchObject({ kind: 'halted' });
  const run = { elf: guest.elf, program: guest.program, chunks, clk: clk! };
  return shardsOf(run, { ...THRESHOLDS, memoryShards: 'separate' }).map(shard => ({
    ...{ kind: shard.kind, clk: [shard.clkStart, shard.clkEnd], chips: shard.chips },
    instructions: shard.splice?.instructions,
  }));
}

function shardsOfCost({ elf, inputs }: CallMix, chunkEntries: number): object[] {
  const { shards } = cost(elf, { inputs, chunkEntries, machine: 'sp1', hot: 1 }).cost;
  return shards.map(({ kind, clkStart, clkEnd, chips, instructions }) => ({
    ...{ kind, clk: [clkStart, clkEnd], instructions },
    chips: chips.map(({ name, rows, realRows }) => ({ name, rows, realRows })),
  }));
}

/** Generated programs, cut anywhere: what is counted while they run is what their chunks are cut into. */
export function expectCostsOfMixes(programs: number): void {
  const property = fc.property(callMixes, fc.integer({ min: 10, max: 400 }), (mix, chunkEntries) => {
    expect(shardsOfCost(mix, chunkEntries)).toEqual(shardsOfChunks(mix, chunkEntries));
  });
  fc.assert(property, { numRuns: programs, endOnFailure: true });
}
