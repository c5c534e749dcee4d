// What a GPU makes of a prover's lists of calls: transforms, hashes of rows, pairs of digests, quotients, with both ways; beside
// the same by one core's WebAssembly, compared word by word. Prints a line each and, as its last line, JSON. Options by environment:
// GPU_ADAPTER, GPU_THREAD (script of the device's thread), GPU_LOG (of rows), GPU_COLUMNS, GPU_KEY (a verifying key), GPU_AIRS.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { FRAME } from '../codegen/stark/constraint-module.ts';
import { babyBear } from '../runtime/fields/baby-bear.ts';
import type { Extension } from '../runtime/fields/baby-bear-extension.ts';
import type { StepSpan } from '../runtime/gpu/device.ts';
import { profiledDevice } from '../runtime/gpu/profiled-device.ts';
import { openGpu } from '../runtime/gpu/thread-device.node.ts';
import type { PlainColumns } from '../src/proof/prover/backend.ts';
import { type DeviceJob, jobsOf } from '../src/proof/prover/device/jobs.ts';
import { LIST } from '../src/proof/prover/device/requests.ts';
import { ProverService } from '../src/proof/prover/device/service.ts';
import { LaneBackend } from '../src/proof/prover/lanes/backend.ts';
import type { LaneCall } from '../src/proof/prover/lanes/calls.ts';
import { type ProverCrew, SoleCrew } from '../src/proof/prover/lanes/crew.ts';
import { readVerifyingKey } from '../src/proof/stark/key-json.ts';

const { GPU_ADAPTER, GPU_THREAD, GPU_LOG = '18', GPU_COLUMNS = '64' } = process.env;
/** Names, or parts of them, of AIRs whose quotients are timed: of many columns, and of many constraints. */
const { GPU_KEY = 'src/proof/keys/openvm-1.4.0-rv32im.json', GPU_AIRS = 'Poseidon2,BaseAlu,Shift' } = process.env;
const AIRS = GPU_AIRS.split(',');
const LOG = Number(GPU_LOG);
const ROUNDS = 5;

interface List {
  readonly jobs: readonly DeviceJob[];
  readonly cpuMs: number;
}

/** The calling thread, which keeps what a device could have done. */
class RecordingCrew extends SoleCrew {
  readonly lists: List[] = [];

  override run(calls: readonly LaneCall[]): void {
    const start = performance.now();
    super.run(calls);
    const jobs = jobsOf(calls);
    if (jobs !== undefined) this.lists.push({ jobs, cpuMs: performance.now() - start });
  }
}

const randomColumns = (width: number, rows: number): PlainColumns => ({
  rows,
  columns: Array.from({ length: width }, (_, c) =>
    Int32Array.from({ length: rows }, (_, i) => (Math.imul(i + 1, 0x9e3779b1 + 2 * c) >>> 0) % babyBear.modulus),
  ),
});

/** Where a job writes: first words and how many. */
function writtenBy(job: DeviceJob, words: Uint32Array): (readonly [first: number, count: number])[] {
  switch (job.kind) {
    case 'extend':
      return job.columns.map(({ to }) => [to / 4, 2 * job.size + 16]);
    case 'hashRows':
      return [[job.digests / 4, 8 * job.height]];
    case 'compress':
      return [[job.out / 4, 8 * job.count]];
    case 'quotient': {
      const frame = words.subarray(job.frame / 4);
      const chunks = frame[FRAME.chunk] === 0 ? 1 : 2;
      const place = (i: number): number =>
        (frame[FRAME.out]! + (i >> 2) * frame[FRAME.chunk]! + (i & 3) * frame[FRAME.outStride]!) / 4;
      return Array.from({ length: 4 * chunks }, (_, i) => [place(i), job.rows / chunks]);
    }
  }
}

const results: Record<string, unknown>[] = [];

class Bench {
  readonly crew = new RecordingCrew();
  readonly #service: ProverService;
  #spans: StepSpan[] = [];

  constructor(device: Parameters<typeof profiledDevice>[0]) {
    const profiled = profiledDevice(device, spans => this.#spans.push(...spans));
    this.#service = new ProverService(profiled, {
      onFailure(error) {
        throw error;
      },
    });
  }

  know(...parameters: Parameters<ProverCrew['know']>): void {
    const [airId, key] = parameters;
    void this.#service.serve({ kind: 'know', airId, key });
  }

  /** What was recorded under a name, the largest list of each kind, on the device. */
  async replay(name: string): Promise<void> {
    const lists = this.crew.lists.splice(0);
    for (const kind of new Set(lists.map(({ jobs }) => jobs[0]!.kind))) {
      const ofKind = lists.filter(({ jobs }) => jobs[0]!.kind === kind);
      await this.#time(
        `${kind} ${name}`,
        ofKind.reduce((a, b) => (b.cpuMs > a.cpuMs ? b : a)),
      );
    }
  }

  async #time(name: string, { jobs, cpuMs }: List): Promise<void> {
    const memory = this.crew.memory.buffer as SharedArrayBuffer;
    const words = new Uint32Array(memory);
    const places = jobs.flatMap(job => writtenBy(job, words));
    const right = places.map(([first, count]) => words.slice(first, first + count));
    const walls: number[] = [];
    let kernelMs = Number.POSITIVE_INFINITY;
    let isDone = true;
    for (let round = 0; round < ROUNDS && isDone; round++) {
      for (const [first, count] of places) words.fill(0, first, first + count);
      this.#spans = [];
      const reply = new Int32Array(new SharedArrayBuffer(4));
      const start = performance.now();
      await this.#service.serve({ kind: 'run', memory, jobs, reply });
      walls.push(performance.now() - start);
      isDone = reply[0] === LIST.done;
      const kernels = this.#spans.filter(({ kind }) => kind === 'kernel');
      kernelMs = Math.min(
        kernelMs,
        kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      );
    }
    const wrong = places.filter(([first, count], i) => {
      const made = words.subarray(first, first + count);
      return right[i]!.some((word, at) => word !== made[at]);
    }).length;
    const gpuMs = Math.min(...walls);
    const row = { name, isDone, firstMs: walls[0], gpuMs, kernelMs, cpuMs };
    results.push({ ...row, kernelRatio: cpuMs / kernelMs, bothWaysRatio: cpuMs / gpuMs, wrong });
    console.log(JSON.stringify(results.at(-1)));
    for (const [i, [first]] of places.entries()) words.set(right[i]!, first);
  }
}

async function main(): Promise<void> {
  const script = GPU_THREAD === undefined ? undefined : pathToFileURL(GPU_THREAD);
  const device = await openGpu({ ...(GPU_ADAPTER ? { adapter: GPU_ADAPTER } : {}), memoryBytes: 2 ** 34 }, script);
  console.log(JSON.stringify(device.info));
  const bench = new Bench(device);
  const key = readVerifyingKey(readFileSync(GPU_KEY, 'utf8'));
  const backend = new LaneBackend(bench.crew, key);
  const mark = backend.arena.mark;
  backend.commit([backend.matrix(randomColumns(Number(GPU_COLUMNS), 2 ** LOG))]);
  await bench.replay(`${GPU_COLUMNS} columns of 2^${LOG}`);
  const element: Extension = [5, 6, 7, 8];
  for (const [airId, air] of key.airs.entries()) {
    if (!AIRS.some(name => air.name.includes(name)) || air.cachedWidths.length > 0) continue;
    backend.release(mark);
    bench.know(airId, air);
    const logHeight = Math.max(2, LOG - 3);
    const committed = (width: number) => ({
      commitment: backend.commit([backend.matrix(randomColumns(width, 2 ** logHeight))]),
      index: 0,
    });
    const parts = {
      main: [committed(air.commonWidth)],
      preprocessed: air.preprocessed && committed(air.preprocessed.width),
    };
    const permutation = air.permutationWidth > 0 ? committed(4 * air.permutationWidth) : undefined;
    bench.crew.lists.splice(0);
    backend.quotient({
      ...{ key: air, logHeight, ...parts, permutation, challenges: [element, element], alpha: element },
      ...{ publicValues: new Array<number>(air.publicValues).fill(3), exposed: [element] },
    });
    await bench.replay(`of ${air.name}, ${air.commonWidth} columns of 2^${logHeight}`);
  }
  await device.close();
  console.log(JSON.stringify({ info: device.info, node: process.versions.node, results }));
  process.exitCode = results.every(({ wrong, isDone }) => wrong === 0 && isDone) ? 0 : 1;
}

await main();
