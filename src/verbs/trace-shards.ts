// The verb: runs a guest and hands out the shards of its proof with their columns, made on threads or in the calling one.

import type { Columns } from '../../runtime/columns/columns.ts';
import { JitExecError } from '../../runtime/errors.ts';
import type { Device } from '../../runtime/gpu/device.ts';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import type { Guest } from '../machine/guest.ts';
import { ShardsInPlace } from '../machine/sp1/pipeline/in-place.ts';
import { preprocessedColumns } from '../machine/sp1/pipeline/preprocessed.ts';
import type { FilledShard } from '../machine/sp1/pipeline/sink.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../machine/sp1/records/cut/shape.ts';
import { finalMemory } from '../machine/sp1/records/memory/final-memory.ts';
import type { MemoryShards, Shard, ShardOptions } from '../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { checkCall, TRACE_SHARDS_OPTIONS } from '../options.ts';
import { asResult, type RunJson } from '../result.ts';
import type { GpuPolicy } from '../tracegen/device/requests.ts';
import { type ExecuteOptions, guestOf, jsonOf } from './execute.ts';
import { DEFAULT_CHUNK_ENTRIES, type TraceData, type TracedChunk, tracedSlot, traceInto } from './trace.ts';

/** A shard with all that SP1 makes of it. */
export interface TracedShard extends Shard {
  readonly publicValues: readonly number[];
  /** In the machine's order; empty of a shard that is unprovable. Views that are valid until `onShard` is done with them. */
  readonly columns: readonly Columns[];
  /** Why SP1 can make no trace of the shard. */
  readonly unprovable: FilledShard['unprovable'];
}

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
  /**
   * Threads that cut, replay and fill besides the one that the guest runs in; 0 for all in the calling thread, as in hosts
   * without Node's threads. By default as many as the host has processors.
   */
  readonly workers?: number;
  /** Bytes of memory of the whole pipeline; without threads, of nothing. 75 % of what is free unless given. */
  readonly ram?: number;
  /**
   * A device of `jit-exec/gpu` that fills chips while threads fill the others: those that it saves time on, or all that it can.
   * What it cannot fill, and all once it has failed, which `onDeviceFailure` is told, threads fill.
   */
  readonly device?: Device;
  readonly devicePolicy?: GpuPolicy;
  readonly onDeviceFailure?: (error: Error) => void;
  /** Called with each chunk of the minimal trace, in order. */
  readonly onChunk?: (chunk: TracedChunk) => void;
  /** Called once, before the shards, with the columns that all shards share. */
  readonly onPreprocessed?: (columns: Iterable<Columns>) => void;
  /**
   * Called with each shard as it is made, in order of its index, one at a time. A promise that it gives holds up the next
   * shard, and the guest when all memory for shards is taken; without threads it may give none.
   */
  readonly onShard: (shard: TracedShard) => void | Promise<void>;
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
 * Rejects with a JitExecError for a guest without shards, thresholds that SP1 cannot trace with, or too little memory.
 */
export async function traceShards(bytes: Uint8Array, options: TraceShardsOptions): Promise<TraceShardsResult> {
  checkCall('traceShards', bytes, options, TRACE_SHARDS_OPTIONS, ['onShard']);
  const result = await run(bytes, options);
  const { chunks: chunkCount, entries, shards: shardCount } = result;
  return asResult(result, () => ({ ...jsonOf(result, bytes, options.inputs), chunkCount, entries, shardCount }));
}

async function run(bytes: Uint8Array, options: TraceShardsOptions): Promise<TraceShardsData> {
  const guest = guestOf(bytes, options);
  const cuts = shardOptionsOf(options);
  checkShardGuest(guest, cuts);
  const { workers = isOnNode() ? undefined : 0 } = options;
  if (workers === 0 && options.device !== undefined) {
    throw new JitExecError('USAGE', 'traceShards: option device: expected threads that ask it, got workers: 0');
  }
  return workers === 0 ? traceInPlace(guest, bytes, options, cuts) : traceOnThreads(guest, bytes, options, cuts);
}

const isOnNode = (): boolean => typeof process === 'object' && process.versions?.node !== undefined;

type Threads = typeof import('../machine/sp1/pipeline/threads/threads.node.ts');

async function traceOnThreads(
  guest: Guest,
  bytes: Uint8Array,
  given: TraceShardsOptions,
  cuts: ShardOptions,
): Promise<TraceShardsData> {
  const { onShard, onChunk, onPreprocessed, stdin: _stdin, stdout, stderr, workers, ram, onlyShard, ...rest } = given;
  const {
    elementThreshold: _elements,
    heightThreshold: _height,
    memoryShards: _memory,
    cuts: _cuts,
    device,
    devicePolicy = 'paying',
    onDeviceFailure = () => undefined,
    ...options
  } = rest;
  if (options.interrupt !== undefined && !(options.interrupt.buffer instanceof SharedArrayBuffer)) {
    throw new JitExecError('USAGE', 'traceShards: option interrupt: expected shared memory, or workers: 0');
  }
  // By a name that no bundler for pages follows.
  const url = new URL('../machine/sp1/pipeline/threads/threads.node.js', import.meta.url).href;
  const threads: Threads = await import(/* @vite-ignore */ url);
  onPreprocessed?.(preprocessedColumns(guest.program));
  const { result, shards } = await threads.traceOnThreads({
    ...{ ...cuts, guest, bytes, stdout, stderr, workers, ram, onlyShard, onChunk },
    gpu: device && { device, policy: devicePolicy, onFailure: onDeviceFailure },
    name: options.name ?? 'program.elf',
    options: { ...options, chunkEntries: options.chunkEntries ?? DEFAULT_CHUNK_ENTRIES },
    onShard: filled => onShard(tracedShard(filled)),
  });
  return { ...result, shards };
}

/** How SP1 cuts, where nothing else is said. */
export const shardOptionsOf = (
  options: Pick<TraceShardsOptions, 'elementThreshold' | 'heightThreshold' | 'memoryShards' | 'cuts'>,
): ShardOptions => ({
  elements: options.elementThreshold ?? DEFAULT_ELEMENT_THRESHOLD,
  height: options.heightThreshold ?? DEFAULT_HEIGHT_THRESHOLD,
  memoryShards: options.memoryShards ?? 'separate',
  cuts: options.cuts,
});

const tracedShard = ({
  shard,
  publicValues,
  unprovable,
  columns,
}: Omit<FilledShard, 'events' | 'results' | 'devices' | 'unknown'>): TracedShard => ({
  ...shard,
  publicValues,
  unprovable,
  columns,
});

/** All in the calling thread. */
function traceInPlace(
  guest: Guest,
  bytes: Uint8Array,
  { onShard, onChunk, onPreprocessed, ...options }: TraceShardsOptions,
  cuts: ShardOptions,
): TraceShardsData {
  let shards = 0;
  const sink = {
    isWhole: true,
    end(filled: FilledShard): void {
      shards++;
      if (onShard(tracedShard(filled)) instanceof Promise) {
        throw new JitExecError('USAGE', 'traceShards: without threads (workers: 0) onShard may not give a promise');
      }
    },
  };
  const pipeline = ShardsInPlace.into(guest, { ...cuts, onlyShard: options.onlyShard }, sink);
  onPreprocessed?.(preprocessedColumns(guest.program));
  return { ...runInPlace(bytes, options, pipeline, onChunk), shards };
}

/** Runs a guest in the calling thread, whose chunks go to a pipeline; gives how many shards a run that halted has. */
export function runInPlace(
  bytes: Uint8Array,
  { chunkEntries = DEFAULT_CHUNK_ENTRIES, ...options }: ExecuteOptions & Pick<TraceShardsOptions, 'chunkEntries'>,
  pipeline: ShardsInPlace,
  onChunk?: (chunk: TracedChunk) => void,
): TraceShardsData {
  let index = 0;
  let shards = 0;
  const result = traceInto(
    bytes,
    { ...options, chunkEntries },
    ({ buffer, offset, bytes: size }) => ({
      acquire() {
        pipeline.begun();
        return offset;
      },
      publish(at) {
        const slot = new Uint8Array(buffer, at, size);
        onChunk?.(tracedSlot(slot, index));
        pipeline.add(TraceChunk.fromRaw(slot, '6.4', `chunk ${index}`));
        index++;
      },
    }),
    1,
    (executor, clk) => {
      shards = pipeline.finish(finalMemory(executor), clk);
    },
  );
  return { ...result, shards };
}
