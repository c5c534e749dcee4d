// The same chunks walked by emitted regions and by the interpreting walk alone: what they make of them must be equal.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { Program } from '../../../codegen/program/program.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { KeptCode } from '../../../src/engine/code/kept-code.ts';
import type { SharedCode } from '../../../src/engine/code/region-modules.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { DEFAULT_ELEMENT_THRESHOLD, type ShardThresholds } from '../../../src/machine/sp1/records/cut/shape.ts';
import type { SplicedChunk } from '../../../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../src/machine/sp1/records/cut/splicer.ts';
import { Recorder, type ShardRecord } from '../../../src/machine/sp1/records/recorder.ts';
import type { WalkerOptions } from '../../../src/machine/sp1/records/walk/walker.ts';
import { trace } from '../../../src/verbs/trace.ts';
import { prepare } from '../../engines/compare.ts';
import { plans } from '../../engines/random-plan.ts';
import { type Built, build } from '../../engines/random-program.ts';
import { elfOf, inputsOf, type ShardRun } from './shard-runs.ts';

/** Rows that the checker keeps free, and those of registers. */
export const LEAST_HEIGHT: number = 1024 + 64;

const INTERPRETED: WalkerOptions = { hot: Number.POSITIVE_INFINITY };
/** Whatever is entered again is compiled, however little it runs. */
const EMITTED: WalkerOptions = { hot: 1, weight: 1e-6 };

/** What is left of a record when its views are no longer valid. */
function kept({ events, executions, ...rest }: ShardRecord): object {
  return {
    ...rest,
    events: new Map([...events].map(([name, bytes]) => [name, bytes.slice()])),
    executions: executions.slice(),
  };
}

const plain = (record: object): string =>
  JSON.stringify(record, (_key, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (value instanceof Map) return [...value];
    return ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : value;
  });

class WalkedTwice {
  readonly #splicers: readonly Splicer[];
  readonly #recorders: readonly Recorder[];

  constructor(program: Program, thresholds: ShardThresholds) {
    const walks = [INTERPRETED, EMITTED];
    this.#splicers = walks.map(options => new Splicer(program, thresholds, options));
    this.#recorders = walks.map(options => new Recorder(program, options));
  }

  /** Compares shards, and the records of each; gives how many shards there are. A chunk that is refused has none. */
  expectAlike(chunk: TraceChunk): number {
    const outcomes = this.#splicers.map(splicer => outcomeOf(() => splicer.splice(chunk)));
    const [interpreted, emitted] = outcomes as [Outcome, Outcome];
    expect(plain(emitted)).toBe(plain(interpreted));
    if ('refused' in interpreted) return 0;
    for (const splice of interpreted.splices) {
      const [one, two] = this.#recorders.map(recorder => plain(kept(recorder.record(chunk, splice))));
      if (one !== two) expect(two).toBe(one);
    }
    return interpreted.splices.length;
  }
}

type Outcome = SplicedChunk | { readonly refused: string };

/** Generated programs may end by a jump to nowhere, which is in their last chunk and in no program. */
function outcomeOf(make: () => SplicedChunk): Outcome {
  try {
    return make();
  } catch (error) {
    if (error instanceof JitExecError) return { refused: error.message };
    throw error;
  }
}

/** Splices a run by two walks that give each other what they compile, one after the other; gives what each of them compiled. */
export function walkShared(run: ShardRun): readonly (readonly SharedCode[])[] {
  const bytes = elfOf(run);
  const { program } = loadGuest(bytes, run.elf, 'sp1');
  const chunks: TraceChunk[] = [];
  trace(bytes, {
    ...{ inputs: inputsOf(run), chunkEntries: run.chunkEntries, engine: 'wasm' },
    onChunk: ({ raw }) => void chunks.push(TraceChunk.fromRaw(raw.slice())),
  });
  const given: SharedCode[][] = [[], []];
  const shards = given.map((own, i) => {
    // As a channel does it: what others give is taken once.
    const waiting = given.flatMap((one, j) => (i === j ? [] : one));
    const exchange = { take: () => waiting.splice(0), give: (code: SharedCode) => void own.push(code) };
    const thresholds = { elements: run.elementThreshold, height: run.heightThreshold };
    const splicer = new Splicer(program, thresholds, { ...EMITTED, kept: new KeptCode(undefined, { exchange }) });
    return plain(chunks.map(chunk => splicer.splice(chunk)));
  });
  expect(shards[1]).toBe(shards[0]);
  return given;
}

/** Walks a recorded run with a threshold of its own; gives how many shards there were. */
export function walkTwice(run: ShardRun, height: number): number {
  const bytes = elfOf(run);
  const { program } = loadGuest(bytes, run.elf, 'sp1');
  const walked = new WalkedTwice(program, { elements: run.elementThreshold, height });
  let shards = 0;
  trace(bytes, {
    ...{ inputs: inputsOf(run), chunkEntries: run.chunkEntries, engine: 'wasm' },
    onChunk: ({ raw }) => {
      shards += walked.expectAlike(TraceChunk.fromRaw(raw));
    },
  });
  return shards;
}

/** Walks so many generated programs, cut anywhere; gives how many shards there were. */
export function walkGenerated(programs: number): number {
  let shards = 0;
  const property = fc.property(plans('rv64im', 500, 'sp1'), fc.integer({ min: 100, max: 20_000 }), (plan, rows) => {
    const built = unlessOutOfRange(() => build(plan));
    fc.pre(built !== undefined);
    shards += walkBuilt(built, rows);
  });
  fc.assert(property, { numRuns: programs, endOnFailure: true });
  return shards;
}

/** Walks a program's chunks, in shards of so many rows; gives how many there were. */
export function walkBuilt(built: Built, rows: number): number {
  const { executor, chunks } = prepare(built, { engine: 'interpreter', budget: 20_000, hot: 100, threshold: 9000 });
  executor.run();
  const thresholds = { elements: DEFAULT_ELEMENT_THRESHOLD, height: LEAST_HEIGHT + rows };
  const walked = new WalkedTwice(executor.program, thresholds);
  return chunks.reduce((shards, raw) => shards + walked.expectAlike(TraceChunk.fromRaw(raw)), 0);
}

/** Undefined where a branch or a constant is out of reach. */
function unlessOutOfRange<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
