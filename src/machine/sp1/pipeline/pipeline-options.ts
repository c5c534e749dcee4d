// What a pipeline is told: of the guest, of how much it may take, and who wants what it makes.

import type { Bell } from '../../../../runtime/trace/bell.ts';
import type { ChunkRing } from '../../../../runtime/trace/ring.ts';
import type { GpuPolicy } from '../../../tracegen/device/requests.ts';
import type { DeviceService } from '../../../tracegen/device/service.ts';
import { Crew } from '../../../tracegen/threads/crew.node.ts';
import type { Guest } from '../../guest.ts';
import type { Shard, ShardOptions } from '../records/shards.ts';
import type { RingPlace } from './memory/ring-uses.ts';
import type { SpillHandle } from './memory/spill.node.ts';
import type { FromWorker, ToWorker, WorkerData } from './threads/protocol.ts';

export interface PipelineOptions extends ShardOptions {
  readonly guest: Guest;
  readonly program: WorkerData['program'];
  /** Whether shards are made, or only found. */
  readonly makes: boolean;
  readonly onlyShard: number | undefined;
  readonly workers: number;
  /** Shards in flight. */
  readonly places: number;
  readonly waveBytes: number;
  /** A device that fills some of the chips. */
  readonly gpu?: { readonly service: DeviceService; readonly policy: GpuPolicy } | undefined;
  readonly spill: SpillHandle;
  readonly bell: Bell;
  /** What each worker runs, and what its sink is made by. */
  readonly script: URL;
  readonly sink: unknown;
  /** A shard stays in its place until `onShard` is done with it, and they come in order. */
  readonly hands: boolean;
  readonly onShard: (shard: Shard, value: unknown) => void | Promise<void>;
  /** `value`: what the sink made of it. */
  readonly onChunk: (sequence: number, value: unknown, place: RingPlace, ring: ChunkRing) => void;
  readonly onPreprocessed?: ((value: unknown) => void) | undefined;
  /**
   * Does what the sink would have done with a chunk, when the threads were stopped. With it a failure lets the guest come to
   * its end, which `onFail` asks it to.
   */
  readonly rescue?: ((place: RingPlace, ring: ChunkRing) => unknown) | undefined;
  readonly onFail?: (() => void) | undefined;
}

/** Starts the workers. */
export const crewOf = (
  options: PipelineOptions,
  hear: (message: FromWorker) => void,
  fail: (error: Error) => void,
): Crew<ToWorker, FromWorker> => new Crew(options.script, workerData(options), options.bell, hear, fail);

/** What each worker begins with. */
function workerData(options: PipelineOptions): WorkerData[] {
  const { bell, spill, program, waveBytes, workers, places, makes, sink, elements, height, cuts, gpu } = options;
  const channel = `jit-exec fillers ${crypto.randomUUID()}`;
  return Array.from({ length: workers }, (_, number) => ({
    ...{ number, workers, bell: bell.shared, spill, program, waveBytes, sink, channel, gpu: gpu?.policy },
    thresholds: { elements, height, cuts },
    hasPlace: makes && number < places,
  }));
}
