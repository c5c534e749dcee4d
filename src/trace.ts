// The verb: runs a guest and hands out its minimal trace, chunk by chunk.

import { isa } from '../codegen/isa/index.ts';
import { makeText } from '../codegen/program/predecode.ts';
import { JitExecError } from '../runtime/errors.ts';
import { ENTRY_BYTES, PAGE_BYTES } from '../runtime/layout.ts';
import { relayout, TraceChunk } from '../runtime/trace/chunk.ts';
import { CHUNK_HEADER_BYTES, type ChunkLayout, MAX_ENTRIES_PER_INSTRUCTION } from '../runtime/trace/chunk-layout.ts';
import { slotBytes } from '../runtime/trace/tracer.ts';
import type { TraceOptions as SinkOptions, SlotRange } from './engine/executor.ts';
import { slotTableBytes } from './engine/slot-tables.ts';
import { type ExecuteOptions, prepare, type RunResult, resultOf } from './execute.ts';
import { loadGuest, makeMachine } from './machine/guest.ts';

/** SP1's own default since 6.2.1. */
export const DEFAULT_CHUNK_ENTRIES: number = 2 ** 24;
/** Shared memory that WebAssembly can address: guest memory, stamps and slots are one piece of it. */
const ARENA_BYTES = 2 ** 32;
/** SP1's number of slots; more would not help a consumer that is slower. */
const MAX_SLOTS = 5;

export interface TracedChunk extends Omit<TraceChunk, 'entries' | 'name' | 'memReads' | 'toRaw' | 'encode'> {
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

export interface TraceResult extends RunResult {
  readonly chunks: number;
  /** Memory entries of all chunks. */
  readonly entries: number;
}

/** Resident memory of a traced run besides its slots: the host, guest pages and their stamps (measured: 180 MB on a block). */
const BESIDES_BYTES = 192 * 2 ** 20;

/**
 * How many slots of chunks of so many entries `available` bytes of memory have room for. Chunks are never cut otherwise
 * for it: their bytes do not depend on the host. Throws ENVIRONMENT where not one fits.
 */
function affordableSlots(chunkEntries: number, available: number): number {
  const bytes = slotBytes(chunkEntries, MAX_ENTRIES_PER_INSTRUCTION);
  const slots = Math.floor((available - BESIDES_BYTES) / bytes);
  if (slots > 0) return slots;
  const mebibytes = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
  const most = Math.floor((available - BESIDES_BYTES) / ENTRY_BYTES / 2) || 0;
  const advice = most >= 2 ** 12 ? `--chunk-entries ${2 ** Math.floor(Math.log2(most))} fits` : 'no chunk fits';
  throw new JitExecError(
    'ENVIRONMENT',
    `trace: chunks of ${chunkEntries} entries need ${mebibytes(bytes + BESIDES_BYTES)} of memory, ${mebibytes(available)} are available; ${advice}`,
  );
}

/** How many slots of chunks of so many entries fit beside what else is in the arena, at most 5. Throws USAGE where none does. */
function slotsFor(chunkEntries: number, otherBytes: number): number {
  const room = ARENA_BYTES - PAGE_BYTES - otherBytes;
  const isCount = Number.isInteger(chunkEntries) && chunkEntries > 0;
  const slots = isCount ? Math.floor(room / slotBytes(chunkEntries, MAX_ENTRIES_PER_INSTRUCTION)) : 0;
  if (slots > 0) return Math.min(slots, MAX_SLOTS);
  const slot = Math.floor(room / PAGE_BYTES) * PAGE_BYTES;
  const most = Math.floor((slot - CHUNK_HEADER_BYTES['6.4']) / ENTRY_BYTES) - MAX_ENTRIES_PER_INSTRUCTION;
  throw new JitExecError('USAGE', `trace: expected 1 to ${most} entries per chunk, got ${chunkEntries}`);
}

/** Runs a guest with the sink that `makeSink` gives over as many slots as fit. */
export function traceInto(
  bytes: Uint8Array,
  options: ExecuteOptions & {
    readonly chunkEntries?: number;
    /** Bytes of memory that the run may take. */
    readonly availableBytes?: number;
  },
  makeSink: (slots: SlotRange) => ReturnType<SinkOptions['sink']>,
  maxSlots: number = MAX_SLOTS,
): TraceResult {
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, engine = 'auto', availableBytes } = options;
  const guest = loadGuest(bytes, options.name ?? 'program.elf', options.machine ?? 'auto');
  if (guest.machine !== 'sp1') {
    throw new JitExecError('ELF_UNSUPPORTED', `trace: the machine ${guest.machine} has no minimal traces`);
  }
  const { areaBytes } = makeMachine(guest, {}).memoryPlan(true);
  const { textBase, text } = guest.program;
  const tableBytes = slotTableBytes(makeText(isa('rv64im'), textBase, text));
  // The guest area and its stamps, and what there is per slot of the text.
  const fitting = slotsFor(chunkEntries, 2 * areaBytes + tableBytes);
  const affordable = availableBytes === undefined ? fitting : affordableSlots(chunkEntries, availableBytes);
  const slots = Math.min(maxSlots, fitting, affordable);
  const executor = prepare(bytes, { ...options, engine }, { threshold: chunkEntries, slots, sink: makeSink });
  const start = performance.now();
  const exit = executor.run();
  const result = resultOf(executor, exit, (performance.now() - start) / 1000);
  const { chunks, entriesBefore } = executor.tracer!;
  return { ...result, chunks, entries: entriesBefore };
}

/**
 * Runs a guest of the machine `sp1` to its end, in the calling thread, and hands out each chunk of its minimal trace.
 * @throws JitExecError for a malformed executable or a chunk size that does not fit; what the guest does wrong is in `exit`.
 */
export function trace(bytes: Uint8Array, options: TraceOptions): TraceResult {
  const { onChunk, layout = '6.4', ...rest } = options;
  let index = 0;
  const makeSink = ({ buffer, offset, bytes: size }: SlotRange): ReturnType<SinkOptions['sink']> => ({
    acquire: () => offset,
    publish(at, entries) {
      const slot = new Uint8Array(buffer, at, size);
      const header = headerOf(slot);
      onChunk({ ...header, index: index++, raw: relayout(slot, entries, layout) });
    },
  });
  return traceInto(bytes, rest, makeSink, 1);
}

/** The fields of a chunk of layout 6.4. */
export function headerOf(slot: Uint8Array): Omit<TracedChunk, 'index' | 'raw'> {
  const { startRegisters, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd } = TraceChunk.fromRaw(slot);
  return { startRegisters, pcStart, clkStart, clkEnd, numMemReads, globalClkEnd: globalClkEnd! };
}
