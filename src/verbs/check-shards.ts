// The verb: takes the shards of a run in order, checks each from its columns alone, and what they must agree on.

import type { Columns } from '../../runtime/columns/columns.ts';
import type { Guest } from '../machine/guest.ts';
import { keptPreprocessed } from '../machine/sp1/check/preprocessed.ts';
import { RunChecker } from '../machine/sp1/check/run-checker.ts';
import { type CheckableShard, ShardChecker } from '../machine/sp1/check/shard-checker.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../machine/sp1/records/cut/shape.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { CHECK_SHARDS_OPTIONS, checkCall } from '../options.ts';
import { type Failure, FailureList } from '../tracegen/failures.ts';
import { type ExecuteOptions, guestOf } from './execute.ts';

export interface CheckShardsOptions extends Pick<ExecuteOptions, 'name' | 'machine' | 'sp1Version'> {
  /** Failures that are kept; the others are only counted. 100 unless given. */
  readonly limit?: number;
}

export interface ShardsChecked {
  readonly shards: number;
  /** Some of them in full, in the order in which they were found. */
  readonly failures: readonly Failure[];
  readonly failureCount: number;
  /** Whether all shards of the run were there, so that what they tell each other could be added up. */
  readonly isWhole: boolean;
}

export interface ShardChecks {
  /** Checks the next shard of the run; gives what was found of it. Its columns may change afterwards. */
  add(shard: CheckableShard): readonly Failure[];
  /** `halted`: the run halted, and all its shards were given. */
  finish(halted: boolean): ShardsChecked;
}

/**
 * A check of the shards of an SP1 program: every constraint of every row, every lookup, every bus, and from shard to
 * shard the public values and the global sum. It is a test and no proof: buses are compared by 50-bit fingerprints.
 * @throws JitExecError for a program that has no shards.
 */
export function checkShards(bytes: Uint8Array, options: CheckShardsOptions = {}): ShardChecks {
  checkCall('checkShards', bytes, options, CHECK_SHARDS_OPTIONS);
  const guest = guestOf(bytes, options);
  checkShardGuest(guest, { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD });
  return shardChecksOf(guest, new FailureList(options.limit), options.sp1Version);
}

/** Of a guest that is known to have shards. */
export function shardChecksOf(
  { elf, program }: Guest,
  failures: FailureList,
  version: CheckShardsOptions['sp1Version'],
  preprocessed: ReadonlyMap<string, Columns> = keptPreprocessed(program),
): ShardChecks {
  const chain = new RunChecker({ elf, entry: program.entry, version }, failures);
  const checker = new ShardChecker(preprocessed);
  let shards = 0;
  return {
    add(shard) {
      const before = failures.list.length;
      shards++;
      checker.check(shard, failures);
      chain.add(shard);
      return failures.list.slice(before);
    },
    finish(halted) {
      const isWhole = chain.finish(halted);
      return { shards, failures: failures.list, failureCount: failures.count, isWhole };
    },
  };
}
