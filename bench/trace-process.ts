// One run in a process of its own, as JSON on its standard output: node trace-process.js REQUEST.

import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { ChunkRing, type RingSlots } from '../runtime/trace/ring.ts';
import type { ChunkSink } from '../runtime/trace/tracer.ts';
import { type Engine, type ExecuteOptions, execute, type RunData } from '../src/verbs/execute.ts';
import { type TraceData, traceInto } from '../src/verbs/trace.ts';
import { type Split, splitProfile } from './profile.ts';
import { threadSeconds } from './thread-time.ts';
import type { Consumed, Consumer, ConsumerRequest } from './trace-consumer.ts';

/** `pure` runs without a trace, `dropped` writes chunks that nobody takes, the others hand them to a thread. */
export type Mode = 'pure' | 'dropped' | Consumer;

export interface ProcessRequest {
  readonly path: string;
  /** Hex. */
  readonly inputs: readonly string[];
  readonly engine: Engine;
  readonly mode: Mode;
  readonly chunkEntries: number;
  readonly profiled: boolean;
}

export interface ProcessResult {
  readonly exit: number | undefined;
  readonly stdout: string;
  /** Hex. */
  readonly publicValues: string;
  readonly instructions: number;
  readonly engine: Engine;
  /** Of the guest, translation included. */
  readonly seconds: number;
  /** Processor time of the guest's thread meanwhile; of all threads where the host does not tell them apart. */
  readonly cpu: number;
  readonly chunks: number;
  readonly entries: number;
  /** What the executor waited for slots. */
  readonly waited: number;
  readonly consumed?: Consumed & {
    /** From the guest's start until the last chunk was consumed. */
    readonly seconds: number;
  };
  readonly split?: Split;
}

/** Slots that are not handed out: one in use and one released, as with a consumer that does nothing. */
const SLOTS = 2;
const SAMPLING_MICROSECONDS = 500;

/** Writes to the slots in turn. */
function drop({ offset, bytes, count }: RingSlots): ChunkSink {
  let next = 0;
  return { acquire: () => offset + (next++ % count) * bytes, publish: () => {} };
}

/** Runs while V8 samples; the calls of a session in its own thread return when they are done. */
function profiled<T>(run: () => T): readonly [T, Split] {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  session.post('Profiler.start');
  const result = run();
  let split: Split | undefined;
  session.post('Profiler.stop', (error, found) => {
    if (error) throw error;
    split = splitProfile(found.profile);
  });
  session.disconnect();
  return [result, split!];
}

interface Ran {
  readonly result: RunData | TraceData;
  readonly ring?: ChunkRing;
  readonly worker?: Worker;
}

function runMode({ path, inputs, engine, mode, chunkEntries }: ProcessRequest, stdout: (text: string) => void): Ran {
  const bytes = readFileSync(path);
  const options: ExecuteOptions = {
    engine,
    inputs: inputs.map(hex => Buffer.from(hex, 'hex')),
    stdout: piece => stdout(Buffer.from(piece).toString('latin1')),
  };
  if (mode === 'pure') return { result: execute(bytes, options) };
  if (mode === 'dropped') return { result: traceInto(bytes, { ...options, chunkEntries }, drop, SLOTS) };
  let ring: ChunkRing | undefined;
  let worker: Worker | undefined;
  const result = traceInto(bytes, { ...options, chunkEntries }, slots => {
    ring = ChunkRing.create(slots);
    const ready = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ConsumerRequest = { ring: ring.handle, consumer: mode, ready };
    worker = new Worker(new URL('trace-consumer.js', import.meta.url), { workerData });
    // A thread's start is not what is measured.
    Atomics.wait(ready, 0, 0);
    return ring;
  });
  ring!.finish();
  return { result, ring: ring!, worker: worker! };
}

async function run(request: ProcessRequest): Promise<ProcessResult> {
  let stdout = '';
  const print = (text: string): void => {
    stdout += text;
  };
  const before = threadSeconds();
  const start = performance.now();
  const [{ result, ring, worker }, split] = request.profiled
    ? profiled(() => runMode(request, print))
    : [runMode(request, print), undefined];
  const cpu = threadSeconds() - before;
  const consumed =
    worker &&
    (await new Promise<Consumed>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    }));
  const { exit, publicValues, instructions, engine, seconds } = result;
  return {
    exit: exit.kind === 'halted' ? exit.code : undefined,
    stdout,
    publicValues: Buffer.from(publicValues).toString('hex'),
    instructions,
    engine,
    seconds,
    cpu,
    chunks: 'chunks' in result ? result.chunks : 0,
    entries: 'entries' in result ? result.entries : 0,
    waited: (ring?.waitedMilliseconds ?? 0) / 1000,
    ...(consumed === undefined ? {} : { consumed: { ...consumed, seconds: (performance.now() - start) / 1000 } }),
    ...(split === undefined ? {} : { split }),
  };
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!))));
