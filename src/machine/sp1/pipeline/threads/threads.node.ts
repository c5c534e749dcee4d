// The pipeline of the library on Node's threads.

import { availableParallelism, tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../../../runtime/errors.ts';
import type { Device } from '../../../../../runtime/gpu/device.ts';
import { ramBudget } from '../../../../../runtime/memory/host-memory.node.ts';
import { Bell } from '../../../../../runtime/trace/bell.ts';
import type { ChunkRing } from '../../../../../runtime/trace/ring.ts';
import type { GpuPolicy } from '../../../../tracegen/device/requests.ts';
import { receivedError } from '../../../../tracegen/threads/sent-error.ts';
import { type TraceData, type TracedChunk, tracedSlot } from '../../../../verbs/trace.ts';
import type { Guest } from '../../../guest.ts';
import { shardService } from '../../gpu/chips.ts';
import type { ShardOptions } from '../../records/shards.ts';
import { ramPlan } from '../memory/ram.ts';
import type { RingPlace } from '../memory/ring-uses.ts';
import { spillHandle } from '../memory/spill.node.ts';
import { temporaryFile } from '../memory/temporary-file.node.ts';
import { ShardPipeline } from '../pipeline.node.ts';
import type { FilledShard } from '../sink.ts';
import type { FromGuestThread, GuestThreadData } from './guest-thread.node.ts';
import type { HandedShard } from './worker-thread.node.ts';

const WORKER = new URL('./worker-thread.node.js', import.meta.url);
const GUEST = new URL('./guest-thread.node.js', import.meta.url);

export interface ThreadsRequest extends ShardOptions {
  readonly guest: Guest;
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly options: GuestThreadData['options'] extends infer O ? Omit<O, 'slots'> : never;
  readonly stdout: ((bytes: Uint8Array) => void) | undefined;
  readonly stderr: ((bytes: Uint8Array) => void) | undefined;
  readonly workers: number | undefined;
  readonly ram: number | undefined;
  readonly onlyShard: number | undefined;
  readonly gpu:
    | { readonly device: Device; readonly policy: GpuPolicy; readonly onFailure: (error: Error) => void }
    | undefined;
  readonly onChunk: ((chunk: TracedChunk) => void) | undefined;
  readonly onShard: (shard: Omit<FilledShard, 'events' | 'results' | 'devices' | 'unknown'>) => void | Promise<void>;
}

/** Runs a guest; gives its result and how many shards there were. */
export async function traceOnThreads(request: ThreadsRequest): Promise<{ result: TraceData; shards: number }> {
  const { guest, options, workers = availableParallelism(), elements, height, cuts, gpu } = request;
  const plan = ramPlan({
    ...{ elements, height, workers, chunkEntries: options.chunkEntries, makes: true },
    budgetBytes: ramBudget(request.ram),
    instructions: guest.program.text.length >>> 2,
    maxMemory: options.maxMemory,
    maxCycles: options.maxCycles,
  });
  const bell = new Bell();
  const temporary = temporaryFile(tmpdir());
  const pipeline = new ShardPipeline({
    ...{
      guest,
      elements,
      height,
      cuts,
      memoryShards: request.memoryShards,
      onlyShard: request.onlyShard,
      workers,
      bell,
    },
    ...{ makes: true, hands: true, places: plan.shards, waveBytes: Number.POSITIVE_INFINITY, script: WORKER },
    gpu: gpu && { service: shardService(gpu.device, gpu), policy: gpu.policy },
    sink: undefined,
    program: { bytes: request.bytes, name: request.name },
    spill: spillHandle(plan.keptBytes, temporary.file),
    onShard: (shard, value) => request.onShard({ shard, ...(value as HandedShard) }),
    onChunk: (sequence, _value, place, ring) => request.onChunk?.(tracedSlot(slotOf(place, ring), sequence)),
  });
  const guestData: GuestThreadData = {
    bytes: request.bytes,
    options: { ...options, slots: plan.slots },
    bell: bell.shared,
  };
  const thread = new Worker(GUEST, { workerData: guestData });
  try {
    const [result] = await Promise.all([resultOf(thread, pipeline, request), pipeline.done]);
    return { result, shards: pipeline.shards };
  } catch (error) {
    pipeline.fail(error as Error);
    await pipeline.done.catch(() => undefined);
    throw error;
  } finally {
    await thread.terminate();
    temporary.close();
  }
}

function slotOf({ ringSlot }: RingPlace, { handle: { buffer, offset, bytes } }: ChunkRing): Uint8Array {
  return new Uint8Array(buffer, offset + ringSlot * bytes, bytes);
}

function resultOf(
  thread: Worker,
  pipeline: ShardPipeline,
  { stdout, stderr }: Pick<ThreadsRequest, 'stdout' | 'stderr'>,
): Promise<TraceData> {
  return new Promise((resolve, reject) => {
    // Why the pipeline failed is why the guest could not go on.
    pipeline.done.catch(reject);
    thread.on('message', (message: FromGuestThread) => {
      if (message.kind === 'done') resolve(message.result);
      else if (message.kind === 'failed') reject(receivedError(message.error));
      else if (message.kind === 'output') (message.to === 'stdout' ? stdout : stderr)?.(message.bytes);
      else pipeline.hearGuest(message);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new JitExecError('ENVIRONMENT', 'shards: the thread of the guest was ended')));
  });
}
