// The verb: runs a guest and hands out the shards of its proof with their columns, in the calling thread.

import type { Columns } from '../runtime/columns/columns.ts';
import { JitExecError } from '../runtime/errors.ts';
import { TraceChunk } from '../runtime/trace/chunk.ts';
import type { Tracer } from '../runtime/trace/tracer.ts';
import { type TracingOptions, tracing } from './engine/observation.ts';
import { type ExecuteOptions, guestOf, jsonOf, prepare, resultOf, withTail } from './execute.ts';
import { finalMemory } from './machine/sp1/records/final-memory.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from './machine/sp1/records/shape.ts';
import { ShardTracer, type TracedShard } from './machine/sp1/records/shard-tracer.ts';
import type { MemoryShards } from './machine/sp1/records/shards.ts';
import { checkShardGuest } from './machine/sp1/records/support.ts';
import { checkCall, TRACE_SHARDS_OPTIONS } from './options.ts';
import { asResult, type RunJson } from './result.ts';
import { DEFAULT_CHUNK_ENTRIES, type TraceData, type TracedChunk, tracedSlot } from './trace.ts';

export interface TraceShardsOptions extends ExecuteOptions {
  /** Entries with which a chunk, and a shard with it, ends; 2^24 unless given. */
  readonly chunkEntries?: number;
  /** Cells and rows of a chip at which a shard ends; SP1's unless given. */
  readonly elementThreshold?: number;
  readonly heightThreshold?: number;
  /** Global memory events in shards of their own (`separate`), or packed as SP1's sequential path does. */
  readonly memoryShards?: MemoryShards;
  /** Clocks, ascending, at which shards of a plan begin: shards end there too. */
  readonly cuts?: readonly number[] | undefined;
  /** Only the shard with this index is handed out. */
  readonly onlyShard?: number | undefined;
  /** Called with each chunk of the minimal trace. */
  readonly onChunk?: (chunk: TracedChunk) => void;
  /** Called once, before the shards, with the columns that all shards share. */
  readonly onPreprocessed?: (columns: Iterable<Columns>) => void;
  /** Called with each shard as it is made, in order of its index. */
  readonly onShard: (shard: TracedShard) => void;
}

export interface TraceShardsData extends TraceData {
  readonly shards: number;
}

export interface TraceShardsResult extends TraceShardsData {
  /** The object of `execute`, and how many chunks, entries and shards there are. */
  toJSON(): RunJson & { readonly chunkCount: number; readonly entries: number; readonly shardCount: number };
}

/**
 * Runs a guest of the machine `sp1` and hands out its shards: core shards while it runs, those of system calls and of
 * memory when it has halted. Of a run that stops otherwise, the core shards that it completed.
 * @throws JitExecError for a guest without shards or thresholds that SP1 cannot trace with.
 */
export function traceShards(bytes: Uint8Array, options: TraceShardsOptions): TraceShardsResult {
  checkCall('traceShards', bytes, options, TRACE_SHARDS_OPTIONS, ['onShard']);
  const result = traceShardsChecked(bytes, options);
  const { chunks: chunkCount, entries, shards: shardCount } = result;
  return asResult(result, () => ({ ...jsonOf(result, bytes, options.inputs), chunkCount, entries, shardCount }));
}

/** Runs without looking at the options: for callers who have. */
export function traceShardsChecked(bytes: Uint8Array, given: TraceShardsOptions): TraceShardsData {
  const { tail, options } = withTail(given);
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, onChunk, onShard } = given;
  const guest = guestOf(bytes, options);
  const thresholds = {
    elements: given.elementThreshold ?? DEFAULT_ELEMENT_THRESHOLD,
    height: given.heightThreshold ?? DEFAULT_HEIGHT_THRESHOLD,
    cuts: given.cuts,
  };
  checkShardGuest(guest, thresholds);
  let shards = 0;
  const { memoryShards = 'separate', onlyShard } = given;
  const tracer = new ShardTracer(guest, { ...thresholds, memoryShards, onlyShard }, shard => {
    shards++;
    onShard(shard);
  });
  given.onPreprocessed?.(tracer.preprocessed());
  let index = 0;
  let broken: JitExecError | undefined;
  const sink: TracingOptions['sink'] = ({ buffer, offset, bytes: size }) => ({
    acquire: () => offset,
    publish(at) {
      const slot = new Uint8Array(buffer, at, size);
      const chunk = TraceChunk.fromRaw(slot, '6.4', `chunk ${index}`);
      onChunk?.(tracedSlot(slot, index));
      index++;
      try {
        tracer.add(chunk);
      } catch (error) {
        // The last chunk of a run that stopped may end in the middle of what no entries tell.
        if (!(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
        broken = error;
      }
    },
  });
  let writer: Tracer | undefined;
  const { needs, make } = tracing({ threshold: chunkEntries, slots: 1, sink });
  const executor = prepare(guest, options, {
    needs,
    make: (memory, text) => {
      writer = make(memory, text);
      return writer;
    },
  });
  const start = performance.now();
  const exit = executor.run();
  const result = resultOf(executor, exit, (performance.now() - start) / 1000, tail);
  if (exit.kind === 'halted' && broken !== undefined) throw broken;
  if (exit.kind === 'halted') tracer.finish(finalMemory(executor), result.clk!);
  const { chunks, entriesBefore } = writer!;
  return { ...result, chunks, entries: entriesBefore, shards };
}
