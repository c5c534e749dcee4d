// What the threads of a pipeline tell each other. Shared memory goes along by reference, so that messages are small: some for
// a chunk, some for a shard. What is claimed (chunks, tiles) and waited for (slots, the bell) is claimed by Atomics.

import type { ClaimedChunk, RingHandle } from '../../../../../runtime/trace/ring.ts';
import type { FillRequest, GpuPolicy } from '../../../../tracegen/device/requests.ts';
import type { Spent } from '../../../../tracegen/threads/phase-clock.ts';
import type { SharedPlace } from '../../../../tracegen/threads/place.ts';
import type { SentError } from '../../../../tracegen/threads/sent-error.ts';
import type { PackedGranules } from '../../records/cut/granules.ts';
import type { ShardThresholds } from '../../records/cut/shape.ts';
import type { Splice, SplicedChunk } from '../../records/cut/splice.ts';
import type { Shard } from '../../records/shards.ts';
import type { CallPiece, TakenCalls } from '../memory/call-store.ts';
import type { AddressList, ListStates, MemoryStates, Registers } from '../memory/memory-lists.ts';
import type { SpillHandle, Stored } from '../memory/spill.node.ts';

/** What a worker begins with. */
export interface WorkerData<S = unknown> {
  readonly number: number;
  readonly workers: number;
  readonly bell: SharedArrayBuffer;
  /** Name of the channel on which workers give each other compiled fillers. */
  readonly channel: string;
  readonly spill: SpillHandle;
  readonly program: { readonly bytes: Uint8Array; readonly name: string };
  readonly thresholds: ShardThresholds;
  readonly waveBytes: number;
  /** Whether it has a place for a shard, or only helps. */
  readonly hasPlace: boolean;
  /** Which chips a device fills. */
  readonly gpu: GpuPolicy | undefined;
  /** What its sink is made by. */
  readonly sink: S;
}

/** Where a core shard's entries are: in a slot of the ring, or kept. */
export interface ShardSource {
  readonly claimed?: Pick<ClaimedChunk, 'ringSlot' | 'sequence'>;
  readonly kept?: Stored;
}

export type ToWorker =
  | { readonly kind: 'ring'; readonly handle: RingHandle }
  /** Another worker's place, where it may help. */
  | { readonly kind: 'place'; readonly place: SharedPlace }
  | {
      readonly kind: 'make';
      readonly shard: Shard;
      readonly values: readonly number[];
      readonly isWanted: boolean;
      readonly source: ShardSource;
      readonly calls: readonly TakenCalls<Stored>[] | undefined;
      readonly memory: MemoryStates | undefined;
      readonly registers: Registers | undefined;
    }
  /** Keep a piece of a chunk for later. */
  | { readonly kind: 'keep'; readonly splice: Splice; readonly claimed: NonNullable<ShardSource['claimed']> }
  /** Which doublewords did you see? */
  | { readonly kind: 'touched' }
  | { readonly kind: 'preprocess' };

/** Seconds by what a worker did: `events` of calls, of memory and of Global; `fill` of this shard and of others'; `sink` what became of columns and chunks. */
export type Phases = Spent<'splice' | 'record' | 'events' | 'fill' | 'sink' | 'idle'>;

export const NO_TIME: Phases = { splice: 0, record: 0, events: 0, fill: 0, sink: 0, idle: 0 };

export type FromWorker = { readonly worker: number } & (
  | { readonly kind: 'place'; readonly place: SharedPlace }
  | { readonly kind: 'claimed'; readonly chunk: Pick<ClaimedChunk, 'ringSlot' | 'sequence'> }
  | {
      readonly kind: 'chunk';
      readonly sequence: number;
      readonly spliced: SplicedChunk | SentError;
    }
  /** `value`: what the sink made of the chunk. */
  | { readonly kind: 'saved'; readonly sequence: number; readonly value: unknown }
  | {
      readonly kind: 'recorded';
      readonly index: number;
      readonly registers: Registers;
      readonly calls: ReadonlyMap<number, CallPiece<Stored>>;
    }
  | { readonly kind: 'kept'; readonly clkStart: number; readonly sequence: number; readonly kept: Stored }
  | { readonly kind: 'shard'; readonly index: number; readonly value: unknown; readonly phases: Phases }
  | { readonly kind: 'touched'; readonly touched: PackedGranules }
  | { readonly kind: 'preprocessed'; readonly value: unknown }
  | { readonly kind: 'ended'; readonly phases: Phases }
  /** Chips that a device is to fill. */
  | { readonly kind: 'gpu'; readonly request: FillRequest }
  | { readonly kind: 'error'; readonly error: SentError }
);

export type FromGuest =
  | { readonly kind: 'ring'; readonly handle: RingHandle; readonly port: unknown }
  /** Another chunk begins, of so many. */
  | { readonly kind: 'begun'; readonly chunks: number }
  | { readonly kind: 'ended'; readonly isHalted: boolean; readonly chunks: number; readonly clk: number }
  | { readonly kind: 'states'; readonly init: ListStates; readonly finalize: ListStates };

/** To a guest that has halted: what was where, until it is told that nobody will ask more. */
export type ToGuest =
  | { readonly kind: 'states'; readonly init: AddressList; readonly finalize: AddressList }
  | { readonly kind: 'close' };
