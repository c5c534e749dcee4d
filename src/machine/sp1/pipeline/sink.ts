// What becomes of a shard's columns: whoever wants them has a sink in each thread that fills.

import type { Columns } from '../../../../runtime/columns/columns.ts';
import type { ChipDevice, ChipSink } from '../../../tracegen/threads/sink.ts';
import type { Unprovable } from '../records/call-events.ts';
import type { ChipName } from '../records/chips.ts';
import type { Shard } from '../records/shards.ts';

/** A shard whose columns are made. */
export interface FilledShard {
  readonly shard: Shard;
  readonly publicValues: readonly number[];
  /** Why SP1 can make no trace of it; it has no columns then. */
  readonly unprovable: Unprovable | undefined;
  /** In the machine's order, where the sink takes them whole; valid until `end` returns. */
  readonly columns: readonly Columns[];
  /** Doublewords of its memory events whose values the source did not know. */
  readonly unknown: number;
  /** Structs by chip, as far as they are not made of lookups; valid as long. */
  readonly events: ReadonlyMap<ChipName, Uint8Array>;
  /** What `chip` said of each. */
  readonly results: readonly Uint8Array[];
  /** Who filled each. */
  readonly devices: readonly ChipDevice[];
}

/** Why a shard with such an access is not made. */
export const UNPROVABLE = 'an access below 2^16, whose address gadget has no inverse';

export interface ShardSink extends ChipSink {
  /** All columns of a shard are in memory when it ends; otherwise they are overwritten as soon as `chip` returns. */
  readonly isWhole: boolean;
  /** By the owner, before its chips are filled. Gives how many bytes are before the first chip's, if it counts them. */
  begin?(shard: Shard): number | undefined;
  /** By the owner; whether or not the shard has columns. What it gives goes to who asked for the shard. */
  end(filled: FilledShard): unknown;
  /** By the owner: the shard could not be made. */
  giveUp?(): void;
}
