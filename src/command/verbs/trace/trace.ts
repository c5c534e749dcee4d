// `jit-exec trace`: runs a guest in one thread; others take the chunks of its minimal trace and write them to a folder.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../../runtime/errors.ts';
import { availableBytes } from '../../../../runtime/memory/host-memory.node.ts';
import type { ChunkLayout } from '../../../../runtime/trace/chunk-layout.ts';
import { ChunkRing, type RingHandle } from '../../../../runtime/trace/ring.ts';
import { runJson } from '../../../result.ts';
import type { TraceData } from '../../../verbs/trace.ts';
import { codeDirectory } from '../../code-folder.ts';
import type { Arguments } from '../../command.ts';
import { readBytes, readInputs } from '../../input.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS, statusOf } from '../../status.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { type Done, runGuest } from '../../threads/guest/guest-thread.ts';
import { makeStopWords } from '../../threads/guest/stop-words.ts';
import type { RingMessage, TraceRequest } from '../../threads/trace-worker.ts';
import type { WriterMessage, WriterRequest } from '../../threads/trace-writer.ts';

import { isOpenVm } from '../machine-of.ts';
import { checkMachine, explain, provenanceOfRequest, runOptions, writePublicValues } from '../run/run.ts';
import { summaryLine } from '../run/run-report.ts';

import { type IndexedChunk, isWriteError, prepareDirectory, programOf, writeIndex } from './trace-directory.ts';

const MAX_WORKERS = 16;
/** One hashes while another writes; the guest's thread wants a processor of its own. */
const DEFAULT_WORKERS = 2;

export async function trace(args: Arguments): Promise<number> {
  const unsupported = unsupportedFeature(args);
  if (unsupported !== undefined) {
    complain(`trace: ${unsupported} is not supported yet`);
    return STATUS.unsupported;
  }
  if (typeof args.check === 'string') {
    const { checkTrace } = await import('./check/trace-check.ts');
    return checkTrace(args.check, args);
  }
  if (typeof args.program !== 'string') throw usage('trace: expected a program, or --check with a folder');
  if (typeof args.output !== 'string') throw usage('trace: expected -o with the folder to write');
  const isForTraces = args['only-shard'] !== undefined || args['digests-only'] === true || args.verify === true;
  if (args.until !== 'traces' && isForTraces) {
    throw usage('trace: --only-shard, --digests-only and --verify are for --until traces');
  }
  if (args['gpu-profile'] !== undefined && (args.until !== 'traces' || args.gpu === 'off')) {
    throw usage('trace: --gpu-profile is for --until traces with a GPU');
  }
  const bytes = readBytes(args.program);
  if (isOpenVm(args, bytes)) {
    if (args.until === 'chunks') {
      complain('trace: openvm guests have no minimal trace: give --until segments, records or traces');
      return STATUS.unsupported;
    }
    const { traceSegments } = await import('../segments/trace.ts');
    return traceSegments({ ...args, until: args.until === 'shards' ? 'segments' : args.until }, args.output, bytes);
  }
  if (args.until === 'segments') throw usage('trace: segments are of openvm guests; give --until shards');
  if (args.until === 'chunks' && args.plan !== undefined)
    throw usage('trace: --plan cuts shards: give --until shards, records or traces');
  if (args.until !== 'chunks') {
    const { traceShards } = await import('./trace-shards.ts');
    return traceShards(args, args.output, bytes);
  }
  return traceProgram(args, args.output, bytes, workerCount(args.workers as number | undefined));
}

function usage(text: string): JitExecError {
  return new JitExecError('USAGE', text);
}

function unsupportedFeature({ gpu, until }: Arguments): string | undefined {
  return gpu === 'on' && until !== 'traces' ? '--gpu on without --until traces' : undefined;
}

function workerCount(given: number | undefined): number {
  if (given === undefined) return Math.max(1, Math.min(DEFAULT_WORKERS, availableParallelism() - 1));
  if (given >= 1 && given <= MAX_WORKERS) return given;
  throw usage(`--workers: expected 1 to ${MAX_WORKERS}, got ${given}`);
}

async function traceProgram(args: Arguments, directory: string, bytes: Uint8Array, workers: number): Promise<number> {
  const request: TraceRequest = {
    bytes,
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    chunkEntries: args['chunk-entries'] as number,
    availableBytes: availableBytes(),
    codeDirectory: codeDirectory(args['code-cache']),
  };
  await checkMachine(request, args);
  prepareDirectory(directory);
  const writers = new Writers(directory, args['chunk-layout'] as ChunkLayout, workers);
  let outcome: Done<TraceData> | undefined;
  try {
    outcome = await runGuest<TraceData>(new URL('./trace-worker.js', import.meta.url), request, {
      quiet: args.quiet === true,
      timeout: args.timeout as number | undefined,
      progress: () => `tracing ${args.program}, ${writers.progress}`,
      onMessage: message => writers.start((message as RingMessage).handle),
    });
  } finally {
    if (outcome === undefined) writers.stop();
    // Why the writers failed is why the guest could not go on: told first.
    await writers.ended;
  }
  return finish(outcome.result, writers, request, directory, args);
}

/** The threads that write, from the moment when there is a ring. */
class Writers {
  readonly chunks: IndexedChunk[] = [];
  /** Rejects where chunks could not be written. */
  ended: Promise<unknown> = Promise.resolve();
  #ring: ChunkRing | undefined;
  readonly #directory: string;
  readonly #layout: ChunkLayout;
  readonly #count: number;
  readonly #since: number = performance.now();

  constructor(directory: string, layout: ChunkLayout, count: number) {
    this.#directory = directory;
    this.#layout = layout;
    this.#count = count;
  }

  start(handle: RingHandle): void {
    this.#ring = new ChunkRing(handle);
    const workerData: WriterRequest = {
      ring: handle,
      directory: this.#directory,
      layout: this.#layout,
    };
    const threads = Array.from({ length: Math.min(this.#count, handle.count) }, () => this.#thread(workerData));
    this.ended = Promise.all(threads);
    // Who waits for it comes later.
    this.ended.catch(() => undefined);
  }

  #thread(workerData: WriterRequest): Promise<void> {
    const worker = new Worker(new URL('./trace-writer.js', import.meta.url), { workerData });
    return new Promise((resolve, reject) => {
      let hasResult = false;
      worker.on('message', (message: WriterMessage) => {
        hasResult = message.kind !== 'chunk';
        if (message.kind === 'chunk') this.chunks.push(message.chunk);
        else if (message.kind === 'unwritable')
          reject(new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${message.message}`));
        else if (message.kind === 'bug') reject(new Error(message.stack));
        else resolve();
      });
      worker.on('error', error => {
        this.stop();
        reject(error);
      });
      worker.on('exit', () => {
        if (hasResult) return;
        this.stop();
        reject(new Error('a writing thread ended without a result'));
      });
    });
  }

  /** Nothing more will come or be written. */
  stop(): void {
    this.#ring?.fail('the run was given up');
  }

  get entries(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.memReads, 0);
  }

  /** `3 chunks, 141 instructions, 12 entries/s` so far. */
  get progress(): string {
    const instructions = Math.max(0, ...this.chunks.map(chunk => chunk.globalClkEnd));
    const rate = Math.round(this.entries / ((performance.now() - this.#since) / 1000));
    return `${this.chunks.length} chunks, ${instructions} instructions, ${rate} entries/s`;
  }

  get waitedMilliseconds(): number {
    return this.#ring?.waitedMilliseconds ?? 0;
  }
}

function finish(
  result: TraceData,
  writers: Writers,
  request: TraceRequest,
  directory: string,
  args: Arguments,
): number {
  const { exit, clk = 0 } = result;
  const chunks = writers.chunks.toSorted((a, b) => a.index - b.index);
  const json = runJson(result, provenanceOfRequest(request), sha256(result.publicValues));
  try {
    writeIndex(directory, {
      ...json,
      program: { ...programOf(request, directory), ...json.program },
      clk,
      chunkLayout: args['chunk-layout'] as ChunkLayout,
      chunkEntries: request.chunkEntries,
      complete: exit.kind === 'halted' || exit.kind === 'fault',
      chunks,
    });
  } catch (error) {
    if (!isWriteError(error)) throw error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${error.message}`, { cause: error });
  }
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const listed = chunks.map(({ file: _file, bytes: _bytes, pcStart: _pcStart, ...chunk }) => chunk);
    writeAll(1, jsonLine({ ...json, chunks: listed }));
  }
  const summary = traceLine(result, writers);
  explain(result, request, args, summary);
  // How a run ended is told instead of its summary; a trace has been written all the same.
  if (args.quiet !== true && (exit.kind !== 'halted' || exit.code !== 0)) complain(summary);
  return statusOf(exit);
}

function traceLine(result: TraceData, writers: Writers): string {
  const { chunks, entries, seconds } = result;
  const waited = writers.waitedMilliseconds;
  const wait = waited === 0 ? '' : `, of which ${(waited / 1000).toFixed(3)} s waiting for writers`;
  const rate = (entries / seconds / 1e6).toFixed(1);
  return `${summaryLine(result)}${wait}; ${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}, ${entries} entries, ${rate} M entries/s`;
}
