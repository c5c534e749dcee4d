// What becomes of columns: each thread that fills has a sink.

import type { Columns } from '../../../runtime/columns/columns.ts';

/** Who filled a chip. */
export type ChipDevice = 'cpu' | 'gpu';

/** Where a chip is in what is filled. */
export interface ChipPlace {
  /** What the owner of the place says of it: the number of a shard. */
  readonly shard: number;
  /** Bytes before its columns: those before the first chip's, and the columns of the chips before it, packed. */
  readonly before: number;
  /** Whether upstream leaves the order of its rows open. */
  readonly isUnordered: boolean;
}

export interface ChipSink {
  /** By the thread that filled the last rows; `result` is what it tells the owner. */
  chip?(columns: Columns, place: ChipPlace, result: Uint8Array): void;
}
