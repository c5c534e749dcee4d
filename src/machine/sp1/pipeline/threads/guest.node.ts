// The guest's side of the pipeline: it runs into the ring, and when it has halted it answers what its memory holds until
// nobody asks any more.

import { MessageChannel, type MessagePort, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads';
import type { Bell } from '../../../../../runtime/trace/bell.ts';
import { ChunkRing } from '../../../../../runtime/trace/ring.ts';
import type { ExecuteOptions } from '../../../../execute.ts';
import { type TraceData, traceInto } from '../../../../trace.ts';
import { finalMemory } from '../../records/memory/final-memory.ts';
import type { MemorySource } from '../memory/memory-lists.ts';
import type { FromGuest, ToGuest } from './protocol.ts';

export interface GuestOptions extends ExecuteOptions {
  readonly chunkEntries: number;
  /** Slots of the ring. */
  readonly slots: number;
}

type Send = (message: FromGuest, transfer?: readonly TransferListItem[]) => void;

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

function answer(memory: MemorySource, bell: Bell, port: MessagePort, send: Send): void {
  while (!bell.isStopped) {
    const { rung } = bell;
    const request = receiveMessageOnPort(port)?.message as ToGuest | undefined;
    if (request === undefined) bell.wait(rung);
    else if (request.kind === 'close') return;
    else send({ kind: 'states', init: memory.initial(request.init), finalize: memory.final(request.finalize) });
  }
}
