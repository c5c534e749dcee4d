// `jit-exec trace`: runs a guest in one thread; others take the chunks of its minimal trace and write them to a folder.

import { createHash } from 'node:crypto';
import { availableParallelism, freemem } from 'node:os';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../runtime/errors.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { ChunkRing, type RingHandle } from '../../../runtime/trace/ring.ts';
import type { TraceResult } from '../../trace.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { STATUS, statusOf } from '../status.ts';
import { makeStdinBuffer } from '../threads/guest-stdin.ts';
import { type Done, runGuest } from '../threads/guest-thread.ts';
import type { RingMessage, TraceRequest } from '../threads/trace-worker.ts';
import type { WriterMessage, WriterRequest } from '../threads/trace-writer.ts';
import { runOptions, warn, writePublicValues } from './run.ts';
import { exitLine, reportExit, reportLines, runJson, summaryLine } from './run-report.ts';
import { type IndexedChunk, isWriteError, prepareDirectory, writeIndex } from './trace-directory.ts';

const MAX_WORKERS = 16;
/** One hashes while another writes; the guest's thread wants a processor of its own. */
const DEFAULT_WORKERS = 2;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function trace(args: Arguments): Promise<number> {
  const unsupported = unsupportedFeature(args);
  if (unsupported !== undefined) {
    complain(`trace: ${unsupported} is not supported yet`);
    return STATUS.unsupported;
  }
  if (typeof args.check === 'string') {
    const { checkTrace } = await import('./trace-check.ts');
    return checkTrace(args.check, args);
  }
  if (typeof args.program !== 'string') throw usage('trace: expected a program, or --check with a folder');
  if (typeof args.output !== 'string') throw usage('trace: expected -o with the folder to write');
  return traceProgram(args, args.output, workerCount(args.workers as number | undefined));
}

/** Bytes that the host, or the process's control group, has left. Node 20.13 and later know of the group. */
function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available?.call(process) ?? freemem();
}

function usage(text: string): JitExecError {
  return new JitExecError('USAGE', text);
}

function unsupportedFeature({ until, gpu }: Arguments): string | undefined {
  if (until !== 'chunks') return `--until ${until}`;
  return gpu === 'on' ? '--gpu on' : undefined;
}

function workerCount(given: number | undefined): number {
  if (given === undefined) return Math.max(1, Math.min(DEFAULT_WORKERS, availableParallelism() - 1));
  if (given >= 1 && given <= MAX_WORKERS) return given;
  throw usage(`--workers: expected 1 to ${MAX_WORKERS}, got ${given}`);
}

async function traceProgram(args: Arguments, directory: string, workers: number): Promise<number> {
  const bytes = readBytes(args.program);
  const request: TraceRequest = {
    bytes,
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: new Int32Array(new SharedArrayBuffer(16)),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    chunkEntries: args['chunk-entries'] as number,
    availableBytes: availableMemory(),
  };
  prepareDirectory(directory);
  const writers = new Writers(directory, args['chunk-layout'] as ChunkLayout, workers);
  let outcome: Done<TraceResult> | number | undefined;
  try {
    outcome = await runGuest<TraceResult>(new URL('./trace-worker.js', import.meta.url), request, {
      quiet: args.quiet === true,
      timeout: args.timeout as number | undefined,
      progress: () => `tracing ${args.program}, ${writers.progress}`,
      onMessage: message => writers.start((message as RingMessage).handle),
    });
  } finally {
    if (typeof outcome !== 'object') writers.stop();
    // Why the writers failed is why the guest could not go on: told first.
    await writers.ended;
  }
  return typeof outcome === 'number' ? outcome : finish(outcome, writers, request, directory, args);
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
    const workerData: WriterRequest = { ring: handle, directory: this.#directory, layout: this.#layout };
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
  { result }: Done<TraceResult>,
  writers: Writers,
  request: TraceRequest,
  directory: string,
  args: Arguments,
): number {
  const { exit, instructions, clk = 0 } = result;
  const reported = reportExit(exit, result.symbol);
  const publicValuesSha256 = sha256(result.publicValues);
  const chunks = writers.chunks.toSorted((a, b) => a.index - b.index);
  try {
    writeIndex(directory, {
      program: { name: request.name, path: resolve(request.name), sha256: sha256(request.bytes) },
      machine: result.machine,
      ...(result.sp1Version === undefined ? {} : { sp1Version: result.sp1Version }),
      chunkLayout: args['chunk-layout'] as ChunkLayout,
      chunkEntries: request.chunkEntries,
      complete: exit.kind === 'halted' || exit.kind === 'fault',
      exit: reported,
      instructions,
      clk,
      publicValuesSha256,
      chunks,
    });
  } catch (error) {
    if (!isWriteError(error)) throw error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${error.message}`, { cause: error });
  }
  if (args.quiet !== true) warn(result, request.name);
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const listed = chunks.map(({ file: _file, bytes: _bytes, pcStart: _pcStart, ...chunk }) => chunk);
    writeAll(1, `${runJson(result, reported, publicValuesSha256, { chunks: listed })}\n`);
  }
  const line = exitLine(exit, reported, instructions);
  if (line !== undefined) complain(line);
  if (args.quiet !== true) for (const text of [traceLine(result, writers), ...reportLines(result)]) complain(text);
  return statusOf(exit);
}

function traceLine(result: TraceResult, writers: Writers): string {
  const { chunks, entries, seconds } = result;
  const waited = writers.waitedMilliseconds;
  const wait = waited === 0 ? '' : `, of which ${(waited / 1000).toFixed(3)} s waiting for writers`;
  const rate = (entries / seconds / 1e6).toFixed(1);
  return `${summaryLine(result)}${wait}; ${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}, ${entries} entries, ${rate} M entries/s`;
}
