// The guest's side of the pipeline: it runs into the ring, and when it has halted it answers what its memory holds until
// nobody asks any more.

import { MessageChannel, type MessagePort, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads';
import { ringSlotBytes } from '../../../../../runtime/memory/arena.ts';
import type { Bell } from '../../../../../runtime/trace/bell.ts';
import type { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import { ChunkRing } from '../../../../../runtime/trace/ring.ts';
import type { KeepingOptions } from '../../../../verbs/execute.ts';
import { type TraceData, traceInto } from '../../../../verbs/trace.ts';
import { finalMemory } from '../../records/memory/final-memory.ts';
import type { MemorySource } from '../memory/memory-lists.ts';
import type { FromGuest, ToGuest } from './protocol.ts';

export interface GuestOptions extends KeepingOptions {
  readonly chunkEntries: number;
  /** Slots of the ring. */
  readonly slots: number;
}

type Send = (message: FromGuest, transfer?: readonly TransferListItem[]) => void;

/** A run that was traced before. */
export interface ReplayedRun {
  /** In order. */
  readonly chunks: Iterable<TraceChunk>;
  /** Entries of the largest chunk. */
  readonly mostEntries: number;
  /** Slots of the ring. */
  readonly slots: number;
  /** When all chunks were taken: where the run halted, and with what in memory, if it did. */
  readonly ended: () => { readonly clk: number; readonly memory: MemorySource } | undefined;
}

/** Runs a guest. Throws RingFailure where the pipeline gave up. */
export function runIntoPipeline(
  bytes: Uint8Array,
  { slots, ...options }: GuestOptions,
  bell: Bell,
  send: Send,
): TraceData {
  const { port1, port2 } = new MessageChannel();
  let ring: ChunkRing | undefined;
  let begun = 0;
  let clk = 0;
  let memory: MemorySource | undefined;
  const result = traceInto(
    bytes,
    options,
    ringSlots => {
      const made = ChunkRing.create(ringSlots);
      ring = made;
      send({ kind: 'ring', handle: made.handle, port: port2 }, [port2]);
      return {
        acquire() {
          // Before it waits for a slot: the shards of the chunk before may be what is waited for.
          send({ kind: 'begun', chunks: ++begun });
          return made.acquire();
        },
        publish(offset, entries) {
          made.publish(offset, entries);
          bell.ring();
        },
      };
    },
    slots,
    (executor, end) => {
      memory = finalMemory(executor);
      clk = end;
    },
  );
  ring?.finish();
  bell.ring();
  send({ kind: 'ended', isHalted: memory !== undefined, chunks: result.chunks, clk });
  if (memory !== undefined) answer(memory, bell, port1, send);
  port1.close();
  return result;
}

/** Hands out the chunks of a run instead of running a guest. Throws RingFailure where the pipeline gave up. */
export function replayIntoPipeline(run: ReplayedRun, bell: Bell, send: Send): void {
  const { port1, port2 } = new MessageChannel();
  const bytes = ringSlotBytes(run.mostEntries);
  const buffer = new SharedArrayBuffer(run.slots * bytes);
  const ring = ChunkRing.create({ buffer, offset: 0, bytes, count: run.slots });
  send({ kind: 'ring', handle: ring.handle, port: port2 }, [port2]);
  let begun = 0;
  for (const chunk of run.chunks) {
    send({ kind: 'begun', chunks: ++begun });
    const offset = ring.acquire();
    // Which clock a chunk of layout 6.0 would have counted, nobody here asks.
    new Uint8Array(buffer, offset, bytes).set(chunk.toRaw('6.4', chunk.globalClkEnd ?? 0));
    ring.publish(offset, chunk.numMemReads);
    bell.ring();
  }
  ring.finish();
  bell.ring();
  const end = run.ended();
  send({ kind: 'ended', isHalted: end !== undefined, chunks: begun, clk: end?.clk ?? 0 });
  if (end !== undefined) answer(end.memory, bell, port1, send);
  port1.close();
}

function answer(memory: MemorySource, bell: Bell, port: MessagePort, send: Send): void {
  while (!bell.isStopped) {
    const { rung } = bell;
    const request = receiveMessageOnPort(port)?.message as ToGuest | undefined;
    if (request === undefined) bell.wait(rung);
    else if (request.kind === 'close') return;
    else send({ kind: 'states', init: memory.initial(request.init), finalize: memory.final(request.finalize) });
  }
}
