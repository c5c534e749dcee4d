// The verb: runs a guest and hands out its minimal trace, chunk by chunk.

import { JitExecError } from '../../runtime/errors.ts';
import { ENTRY_BYTES, HIGH } from '../../runtime/layout.ts';
import { ringSlotBytes } from '../../runtime/memory/arena.ts';
import { headerOf, relayout, type TraceChunk } from '../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../runtime/trace/chunk-layout.ts';
import type { Tracer } from '../../runtime/trace/tracer.ts';
import type { Execution } from '../engine/execution.ts';
import { type TracingOptions, tracing } from '../engine/observation.ts';
import type { Guest } from '../machine/guest.ts';
import { checkCall, TRACE_OPTIONS } from '../options.ts';
import { asResult, type RunData, type RunJson } from '../result.ts';
import {
  type ExecuteOptions,
  executionOf,
  guestOf,
  jsonOf,
  type KeepingOptions,
  resultOf,
  withTail,
} from './execute.ts';

/** SP1's own default since 6.2.1. */
export const DEFAULT_CHUNK_ENTRIES: number = 2 ** 24;
/** SP1's number of slots; more would not help a consumer that is slower. */
const MAX_SLOTS = 5;

export interface TracedChunk extends Omit<TraceChunk, 'entries' | 'name' | 'memReads' | 'toRaw' | 'encode' | 'slice'> {
  /** 0 for the first. */
  readonly index: number;
  /** The raw chunk in the layout asked for, valid only during the call. */
  readonly raw: Uint8Array;
  /** Whichever layout `raw` has. */
  readonly globalClkEnd: number;
}

export interface TraceOptions extends ExecuteOptions {
  /** Entries with which a chunk ends; 2^24 unless given. */
  readonly chunkEntries?: number;
  /** Header of the raw chunks: `6.4` (304 bytes) unless given, or `6.0` (288). */
  readonly layout?: ChunkLayout;
  /** Called with each chunk when it is complete, in order. */
  readonly onChunk: (chunk: TracedChunk) => void;
}

export interface TraceData extends RunData {
  /** How many there are. */
  readonly chunks: number;
  /** Memory entries of all chunks. */
  readonly entries: number;
}

export interface TraceResult extends TraceData {
  /** The object of `execute`, and how many chunks and entries there are. */
  toJSON(): RunJson & { readonly chunkCount: number; readonly entries: number };
}

/** Memory set aside for a traced run besides its slots: the host, guest pages and their stamps. */
const BESIDES_BYTES = 192 * 2 ** 20;

/**
 * How many ring slots of chunks of so many entries `available` bytes of memory have room for. Chunks are never cut
 * otherwise for it: their bytes do not depend on the host. Throws ENVIRONMENT where not one fits.
 */
function affordableSlots(chunkEntries: number, available: number): number {
  const bytes = ringSlotBytes(chunkEntries);
  const slots = Math.floor((available - BESIDES_BYTES) / bytes);
  // Chunks that no arena has room for are refused where it is laid out, whatever the host has.
  if (slots > 0 || !(chunkEntries > 0) || bytes > HIGH) return Math.max(1, slots || 1);
  const mebibytes = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
  const most = Math.floor((available - BESIDES_BYTES) / ENTRY_BYTES / 2) || 0;
  const advice = most >= 2 ** 12 ? `--chunk-entries ${2 ** Math.floor(Math.log2(most))} fits` : 'no chunk fits';
  throw new JitExecError(
    'ENVIRONMENT',
    `trace: chunks of ${chunkEntries} entries need ${mebibytes(bytes + BESIDES_BYTES)} of memory, ${mebibytes(available)} are available; ${advice}`,
  );
}

/** Runs a guest with the sink over as many ring slots as fit; `onHalt` is there for who wants its memory. */
export function traceInto(
  bytes: Uint8Array,
  given: IntoOptions,
  sink: TracingOptions['sink'],
  maxSlots: number = MAX_SLOTS,
  onHalt?: (executor: Execution, clk: number) => void,
): TraceData {
  // What SP1 would not load has no trace there.
  return traceGuest(guestOf(bytes, { ...given, lenient: false }), given, sink, maxSlots, onHalt);
}

type IntoOptions = KeepingOptions & {
  readonly chunkEntries?: number;
  /** Bytes of memory that the run may take. */
  readonly availableBytes?: number;
};

/** The same of a guest that was loaded. */
export function traceGuest(
  guest: Guest,
  given: IntoOptions,
  sink: TracingOptions['sink'],
  maxSlots: number,
  onHalt?: (executor: Execution, clk: number) => void,
): TraceData {
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, availableBytes } = given;
  const { tail, options } = withTail(given);
  if (guest.machine !== 'sp1') {
    throw new JitExecError('ELF_UNSUPPORTED', `trace: the machine ${guest.machine} has no minimal traces`);
  }
  let tracer: Tracer | undefined;
  const affordable = availableBytes === undefined ? maxSlots : affordableSlots(chunkEntries, availableBytes);
  const { needs, make } = tracing({ threshold: chunkEntries, slots: Math.min(maxSlots, affordable), sink });
  const executor = executionOf(guest, options, {
    needs,
    make: (memory, text) => {
      tracer = make(memory, text);
      return tracer;
    },
  });
  const start = performance.now();
  const exit = executor.run();
  const result = resultOf(executor, exit, (performance.now() - start) / 1000, tail);
  executor.saveCode?.();
  const { chunks, entriesBefore } = tracer!;
  if (exit.kind === 'halted') onHalt?.(executor, result.clk!);
  return { ...result, chunks, entries: entriesBefore };
}

/**
 * Runs a guest of the machine `sp1` to its end, in the calling thread, and hands out each chunk of its minimal trace.
 * @throws JitExecError for a malformed executable or a chunk size that does not fit; what the guest does wrong is in `exit`.
 */
export function trace(bytes: Uint8Array, options: TraceOptions): TraceResult {
  checkCall('trace', bytes, options, TRACE_OPTIONS, ['onChunk']);
  const { onChunk, layout, ...rest } = options;
  const result = traceInto(bytes, rest, chunkSink(onChunk, layout), 1);
  return traceResult(result, bytes, options.inputs);
}

/** Of one slot, whose chunks are handed out at once. */
export function chunkSink(onChunk: TraceOptions['onChunk'], layout: ChunkLayout = '6.4'): TracingOptions['sink'] {
  let index = 0;
  return ({ buffer, offset, bytes: size }) => ({
    acquire: () => offset,
    publish(at, entries) {
      const slot = new Uint8Array(buffer, at, size);
      const header = headerOf(slot);
      onChunk({ ...header, index: index++, raw: relayout(slot, entries, layout) });
    },
  });
}

/** With the object of the command's `--json`. */
export function traceResult(result: TraceData, program: Uint8Array, inputs?: readonly Uint8Array[]): TraceResult {
  const { chunks: chunkCount, entries } = result;
  return asResult(result, () => ({ ...jsonOf(result, program, inputs), chunkCount, entries }));
}

/** The chunk of layout 6.4 in a ring slot. */
export function tracedSlot(slot: Uint8Array, index: number): TracedChunk {
  const header = headerOf(slot);
  return { ...header, index, raw: relayout(slot, header.numMemReads, '6.4') };
}
