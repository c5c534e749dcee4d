// What the threads of a pipeline of segments tell each other. What was recorded lies in a place, so that messages are small.

import type { FillRequest, GpuPolicy } from '../../../tracegen/device/requests.ts';
import type { Spent } from '../../../tracegen/threads/phase-clock.ts';
import type { SharedPlace } from '../../../tracegen/threads/place.ts';
import type { SentError } from '../../../tracegen/threads/sent-error.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';

/** What is known of a segment when it was recorded. */
export interface SegmentFacts extends Pick<PlannedSegment, 'instretStart' | 'instructions'> {
  readonly index: number;
  readonly fromPc: number;
  readonly toPc: number;
  /** Undefined where the run goes on in another segment. */
  readonly exitCode: number | undefined;
  /** Of the tree of memory, before and after. */
  readonly initialRoot: readonly number[];
  readonly finalRoot: readonly number[];
  /** Of the next access. */
  readonly finalTimestamp: number;
  /** Chunks of memory. */
  readonly touched: number;
  readonly accessRecords: { readonly bytes: number; readonly sha256: string };
  /** AIRs that have rows, by their number. */
  readonly airs: readonly AirFacts[];
}

export interface AirFacts {
  readonly id: number;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  readonly publicValues: readonly number[];
}

/** A segment whose events lie in a place; addresses are bytes of it. */
export interface PlacedSegment {
  readonly facts: SegmentFacts;
  /** Where the structs of each AIR are, in the order of the facts; of Program the counts, of tables of lookups nothing. */
  readonly events: readonly (number | undefined)[];
  readonly end: number;
}

export interface SegmentWorkerData<S = unknown> {
  readonly number: number;
  readonly hasPlace: boolean;
  readonly bell: SharedArrayBuffer;
  readonly channel: string;
  readonly program: { readonly bytes: Uint8Array; readonly name: string };
  readonly waveBytes: number;
  /** Whether each segment is checked when its columns are there. */
  readonly verifies: boolean;
  /** A device fills AIRs as well. */
  readonly gpu: GpuPolicy | undefined;
  readonly sink: S;
}

export type ToSegmentWorker =
  /** All places, by their number. */
  | { readonly kind: 'places'; readonly places: readonly SharedPlace[] }
  | { readonly kind: 'make'; readonly place: number; readonly segment: PlacedSegment }
  /** The columns that all segments share. */
  | { readonly kind: 'fixed' };

/** Seconds by what a worker did. */
export type SegmentPhases = Spent<'fill' | 'sink' | 'check' | 'idle'>;

export const NO_SEGMENT_TIME: SegmentPhases = { fill: 0, sink: 0, check: 0, idle: 0 };

export type FromSegmentWorker = { readonly worker: number } & (
  | {
      readonly kind: 'made';
      readonly place: number;
      readonly index: number;
      readonly value: unknown;
      readonly phases: SegmentPhases;
    }
  | { readonly kind: 'fixed'; readonly value: unknown }
  | { readonly kind: 'gpu'; readonly request: FillRequest }
  | { readonly kind: 'ended'; readonly phases: SegmentPhases }
  | { readonly kind: 'error'; readonly error: SentError }
);

export type FromSegmentGuest =
  | {
      readonly kind: 'planned';
      readonly segments: readonly PlannedSegment[];
      readonly programRows: number;
      readonly port: unknown;
    }
  /** Without a place where only records were asked for. */
  | { readonly kind: 'recorded'; readonly segment: PlacedSegment; readonly place: number | undefined }
  | { readonly kind: 'recordedAll'; readonly isComplete: boolean };

export type ToSegmentGuest =
  | { readonly kind: 'places'; readonly places: readonly SharedPlace[] }
  | { readonly kind: 'free'; readonly place: number }
  | { readonly kind: 'close' };
