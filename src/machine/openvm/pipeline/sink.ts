// What becomes of a segment's columns: whoever wants them has a sink in each thread that fills.

import type { Columns } from '../../../../runtime/columns/columns.ts';
import type { Failure } from '../../../tracegen/failures.ts';
import type { ChipDevice, ChipSink } from '../../../tracegen/threads/sink.ts';
import type { SegmentFacts } from './protocol.ts';

/** What a check found. */
export interface SegmentFailures {
  readonly list: readonly Failure[];
  readonly count: number;
}

/** A segment whose columns are made. */
export interface FilledSegment {
  readonly facts: SegmentFacts;
  /** What `chip` said of each AIR. */
  readonly results: readonly Uint8Array[];
  /** Who filled each; of columns that are counts the host. */
  readonly devices: readonly ChipDevice[];
  /** Where the segment was checked. */
  readonly failures: SegmentFailures | undefined;
}

export interface SegmentSink extends ChipSink {
  /** By the owner, before AIRs are filled. Gives how many bytes are before the first one's columns, if it counts them. */
  begin?(facts: SegmentFacts): number | undefined;
  /** By the owner. What it gives goes to who asked for the segment. */
  end(filled: FilledSegment): unknown;
  /** By the owner: the segment could not be made. */
  giveUp?(): void;
}

/** The columns that all segments of a program share: the program itself, and tables. */
export type FixedColumns = ReadonlyMap<string, Columns>;
