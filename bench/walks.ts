// npm run bench:walks [-- guest …]: instructions per second at which one core cuts chunks into shards and replays them into events,
// the first time, code included, and in the steady state: the least of several rounds, chunk by chunk and shard by shard, so that
// others on the machine are left out.

import { readFileSync } from 'node:fs';
import { CLK_PER_INSTRUCTION } from '../runtime/abi.ts';
import { TraceChunk } from '../runtime/trace/chunk.ts';
import { loadGuest } from '../src/machine/guest.ts';
import type { Splice } from '../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../src/machine/sp1/records/cut/splicer.ts';
import { Recorder } from '../src/machine/sp1/records/recorder.ts';
import { trace } from '../src/verbs/trace.ts';
import { geometricMean } from './statistics.ts';
import { blockGuest, chooseKernels, pairOf, type TraceGuest, type TraceRun } from './trace-guests.ts';

const ROUNDS = 6;
const CHUNK_ENTRIES = 2 ** 18;
/** So that a shard's events fit beside the chunks of a run. */
const THRESHOLDS = { elements: 2 ** 27, height: 4_194_304 };
/** Of a run, copies of chunks included. */
const MOST_CHUNKS = 24;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Million instructions per second: once, and in the steady state. */
interface Rate {
  readonly first: number;
  readonly steady: number;
}

function rateOf(instructions: number, work: readonly (() => void)[]): Rate {
  const best = new Array<number>(work.length).fill(Number.POSITIVE_INFINITY);
  let first = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, piece] of work.entries()) {
      const start = performance.now();
      piece();
      const ms = performance.now() - start;
      if (round === 0) first += ms;
      best[i] = Math.min(best[i]!, ms);
    }
  }
  const steady = best.reduce((sum, ms) => sum + ms);
  return { first: instructions / first / 1000, steady: instructions / steady / 1000 };
}

function measure({ name, path }: TraceGuest, { inputs }: TraceRun): { readonly cut: Rate; readonly replay: Rate } {
  const bytes = new Uint8Array(readFileSync(path));
  const { program } = loadGuest(bytes, path, 'sp1');
  const chunks: TraceChunk[] = [];
  trace(bytes, {
    inputs: inputs.map(bytesOf),
    chunkEntries: CHUNK_ENTRIES,
    onChunk({ raw }) {
      if (chunks.length < MOST_CHUNKS) chunks.push(TraceChunk.fromRaw(raw.slice()));
    },
  });
  const splicer = new Splicer(program, THRESHOLDS);
  const splices = new Map<TraceChunk, readonly Splice[]>();
  const cut = rateOf(
    instructionsOf(chunks),
    chunks.map(chunk => () => void splices.set(chunk, splicer.splice(chunk).splices)),
  );
  const recorder = new Recorder(program);
  const shards = [...splices].flatMap(([chunk, pieces]) => pieces.map(piece => [chunk, piece] as const));
  const replay = rateOf(
    instructionsOf(chunks),
    shards.map(
      ([chunk, piece]) =>
        () =>
          void recorder.record(chunk, piece),
    ),
  );
  const shown = [cut.first, cut.steady, replay.first, replay.steady].map(rate => rate.toFixed(0).padStart(8)).join('');
  console.log(
    `${name.padEnd(16)}${(instructionsOf(chunks) / 1e6).toFixed(1).padStart(8)}${String(shards.length).padStart(7)}${shown}`,
  );
  return { cut, replay };
}

/** A system call counts as the instructions that its clock ticks are. */
function instructionsOf(chunks: readonly TraceChunk[]): number {
  return chunks.reduce((sum, { clkStart, clkEnd }) => sum + (clkEnd - clkStart) / CLK_PER_INSTRUCTION, 0);
}

const wanted = process.argv.slice(2);
const block = blockGuest(false);
const kernels = wanted.length === 1 && wanted[0] === 'block' ? [] : chooseKernels(wanted.filter(n => n !== 'block'));
console.log('M instructions a second, one core');
console.log('guest            M instr shards     cut  steady  replay  steady');
const all = kernels.map(kernel => measure(kernel, pairOf(kernel, 'wasm')[0]));
if (wanted.length === 0 || wanted.includes('block')) all.push(measure(block.guest, block.run));
const mean = (take: (one: (typeof all)[number]) => number): string => geometricMean(all.map(take)).toFixed(0);
console.log(`geometric mean, steady: cut ${mean(one => one.cut.steady)}, replay ${mean(one => one.replay.steady)}`);
