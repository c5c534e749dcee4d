// An observer to be: what a run must have room for, and how the observer is made when its memory is there.

import type { GuestText } from '../../codegen/program/text.ts';
import type { ArenaNeeds } from '../../runtime/memory/arena.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { RunObserver } from '../../runtime/trace/observer.ts';
import type { RingSlots } from '../../runtime/trace/ring.ts';
import { type ChunkSink, Tracer } from '../../runtime/trace/tracer.ts';

export interface Observation<O extends RunObserver = RunObserver> {
  readonly needs: Pick<ArenaNeeds, 'stamps' | 'ring' | 'window' | 'meter' | 'calls'>;
  readonly make: (memory: GuestMemory, text: GuestText) => O;
}

/** Whether the text of such a run is that of any other. */
export const isShared = (observe: Observation | undefined): boolean =>
  observe?.needs.meter === undefined && observe?.needs.calls !== true;

export interface TracingOptions {
  /** Entries after which a chunk ends. */
  readonly threshold: number;
  /** Most slots of the ring; more than one lets consumers work while the next chunk is written. */
  readonly slots: number;
  /** Makes the sink over the ring's slots. */
  readonly sink: (slots: RingSlots) => ChunkSink;
}

/** A tracer. */
export function tracing({ threshold, slots, sink }: TracingOptions): Observation<Tracer> {
  return {
    needs: { stamps: true, ring: { entries: threshold, most: slots } },
    make: memory => new Tracer(memory, threshold, sink({ buffer: memory.buffer, ...memory.arena.ring })),
  };
}
