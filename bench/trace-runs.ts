// The three measurements of bench:trace. Rounds are interleaved, with a fresh process for each run.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Engine } from '../src/verbs/execute.ts';
import { ROOT } from './guests.ts';
import { GROUPS, type Split } from './profile.ts';
import { median } from './statistics.ts';
import { blockGuest, pairOf, type TraceGuest, type TraceRun } from './trace-guests.ts';
import type { ProcessRequest, ProcessResult } from './trace-process.ts';
import type { BlockResult, RingResult, Seconds, SteadyResult } from './trace-results.ts';

/**
 * 64 MiB a chunk: more than a processor's caches, as SP1's 2^24 entries are, and less than a kernel's first pass writes,
 * so that the difference of two runs has no first touch of a page in it.
 */
const CHUNK_ENTRIES = 2 ** 22;
/** 16 MiB a chunk: sixteen times as many hand-overs as with SP1's 2^24. */
const RING_CHUNK_ENTRIES = 2 ** 20;
/** Several chunks also in a short run. */
const QUICK_CHUNK_ENTRIES = 2 ** 15;

export interface Plan {
  readonly kernels: readonly TraceGuest[];
  readonly engines: readonly Engine[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly progress: (text: string) => void;
}

type Request = Pick<ProcessRequest, 'engine' | 'mode' | 'chunkEntries'> & { readonly profiled?: boolean };

const PROCESS = join(ROOT, 'dist/bench/trace-process.js');

/** Throws where the guest did something else than was recorded of it. */
export function measureRun(guest: TraceGuest, run: TraceRun, request: Request): ProcessResult {
  const full: ProcessRequest = { profiled: false, ...request, path: guest.path, inputs: run.inputs };
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROCESS, JSON.stringify(full)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const refuse = (what: string): Error =>
    new Error(`bench: ${request.engine}, ${request.mode}, on ${guest.name}: ${what}\n${stderr}`);
  if (status !== 0) throw refuse(`its process ended with ${status}`);
  const result: ProcessResult = JSON.parse(stdout);
  if (result.engine !== request.engine) throw refuse(`${result.engine} ran instead`);
  for (const field of ['exit', 'stdout', 'publicValues'] as const) {
    if (result[field] !== run[field]) throw refuse(`expected ${field} ${run[field]}, got ${result[field]}`);
  }
  return result;
}

function same<T>(what: string, values: readonly T[]): T {
  if (new Set(values).size !== 1) throw new Error(`bench: ${what} differ between runs: ${values.join(', ')}`);
  return values[0]!;
}

const medianOf = <T>(list: readonly T[], of: (one: T) => number): number => median(list.map(of));

const leastCpu = (list: readonly ProcessResult[]): number => Math.min(...list.map(one => one.cpu));

/**
 * Time of 2 n passes: of runs of 3 n without that of n, which had the same warm-up. Medians by the clock; of processor
 * time the least, which only grows when others use the caches.
 */
function difference(once: readonly ProcessResult[], thrice: readonly ProcessResult[]): Seconds {
  return {
    wall: medianOf(thrice, one => one.seconds) - medianOf(once, one => one.seconds),
    cpu: leastCpu(thrice) - leastCpu(once),
  };
}

export function measureSteady(guest: TraceGuest, engine: Engine, { rounds, quick, progress }: Plan): SteadyResult {
  const pair = pairOf(guest, quick ? 'quick' : engine);
  const modes = ['pure', 'dropped'] as const;
  const cases = modes.flatMap(mode => pair.map(run => ({ mode, run, results: [] as ProcessResult[] })));
  const request = { engine, chunkEntries: quick ? QUICK_CHUNK_ENTRIES : CHUNK_ENTRIES };
  for (let round = 0; round < rounds; round++) {
    for (const { mode, run, results } of cases) {
      progress(`${guest.name} ${engine} ${mode}, round ${round + 1} of ${rounds}`);
      results.push(measureRun(guest, run, { ...request, mode }));
    }
  }
  const [pureOnce, pureThrice, tracedOnce, tracedThrice] = cases.map(({ results }) => results) as [
    ProcessResult[],
    ProcessResult[],
    ProcessResult[],
    ProcessResult[],
  ];
  const count = (once: ProcessResult[], thrice: ProcessResult[], field: 'instructions' | 'entries'): number =>
    same(
      field,
      thrice.map((one, i) => one[field] - once[i]![field]),
    );
  progress(`${guest.name} ${engine}, profile`);
  const profiled = measureRun(guest, pair[1], { ...request, mode: 'dropped', profiled: true });
  return {
    guest: guest.name,
    engine,
    instructions: same('instructions', [
      count(pureOnce, pureThrice, 'instructions'),
      count(tracedOnce, tracedThrice, 'instructions'),
    ]),
    entries: count(tracedOnce, tracedThrice, 'entries'),
    pure: difference(pureOnce, pureThrice),
    traced: difference(tracedOnce, tracedThrice),
    split: profiled.split!,
  };
}

function medianSplit(splits: readonly Split[]): Split {
  return Object.fromEntries(GROUPS.map(group => [group, medianOf(splits, split => split[group])])) as Split;
}

export function measureBlock(engine: Engine, { rounds, quick, progress }: Plan): BlockResult {
  const { guest, run } = blockGuest(quick);
  const request = { engine, chunkEntries: quick ? QUICK_CHUNK_ENTRIES : CHUNK_ENTRIES, profiled: true };
  const pure: ProcessResult[] = [];
  const traced: ProcessResult[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${guest.name} ${engine}, round ${round + 1} of ${rounds}`);
    pure.push(measureRun(guest, run, { ...request, mode: 'pure' }));
    traced.push(measureRun(guest, run, { ...request, mode: 'dropped' }));
  }
  const all = [...pure, ...traced];
  return {
    guest: guest.name,
    engine,
    instructions: same(
      'instructions',
      all.map(one => one.instructions),
    ),
    entries: same(
      'entries',
      traced.map(one => one.entries),
    ),
    seconds: { pure: medianOf(pure, one => one.seconds), traced: medianOf(traced, one => one.seconds) },
    splits: { pure: medianSplit(pure.map(one => one.split!)), traced: medianSplit(traced.map(one => one.split!)) },
  };
}

/** Of engine `wasm`, which hands over the most. */
export function measureRing(guest: TraceGuest, run: TraceRun, { rounds, quick, progress }: Plan): RingResult {
  const modes = ['dropped', 'released', 'summed', 'hashed'] as const;
  const found: Record<(typeof modes)[number], ProcessResult[]> = { dropped: [], released: [], summed: [], hashed: [] };
  const chunkEntries = quick ? QUICK_CHUNK_ENTRIES : RING_CHUNK_ENTRIES;
  for (let round = 0; round < rounds; round++) {
    for (const mode of modes) {
      progress(`${guest.name}, chunks ${mode}, round ${round + 1} of ${rounds}`);
      found[mode].push(measureRun(guest, run, { engine: 'wasm', mode, chunkEntries }));
    }
  }
  const all = Object.values(found).flat();
  const { dropped, released, summed, hashed } = found;
  const rate = (list: readonly ProcessResult[], field: 'seconds' | 'busy'): number =>
    medianOf(list, ({ consumed }) => consumed!.bytes / consumed![field] / 1e9);
  for (const list of [summed, hashed]) {
    same(
      'checksums',
      list.map(one => one.consumed!.checksum),
    );
  }
  return {
    guest: guest.name,
    chunks: same(
      'chunks',
      all.map(one => one.chunks),
    ),
    chunkEntries,
    bytes: same(
      'bytes',
      all.flatMap(one => one.consumed?.bytes ?? []),
    ),
    seconds: { dropped: medianOf(dropped, one => one.seconds), released: medianOf(released, one => one.seconds) },
    loss: {
      wall: median(released.map((one, i) => one.seconds / dropped[i]!.seconds)) - 1,
      cpu: leastCpu(released) / leastCpu(dropped) - 1,
    },
    waited: medianOf(released, one => one.waited),
    gigabytesPerSecond: {
      released: rate(released, 'seconds'),
      summed: rate(summed, 'seconds'),
      hashed: rate(hashed, 'seconds'),
    },
    consumerGigabytesPerSecond: { summed: rate(summed, 'busy'), hashed: rate(hashed, 'busy') },
  };
}
