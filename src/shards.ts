/**
 * Shards of SP1's proofs: `jit-exec/shards`, apart from the other public names because the chips are large. Nothing here
 * needs Node.
 *
 * @module
 */

/** A chip's trace as columns. */
export type { Columns } from '../runtime/columns/columns.ts';
/** A shard's columns from the bytes of a file. Throws `TRACE_INVALID`. */
export { type ReadChip, type ReadShard, readShard } from '../runtime/columns/shard-file.ts';
export type { CheckableShard } from './machine/sp1/check/shard-checker.ts';
/** A rule that does not hold, and it as a line. */
export { type Failure, failureLine } from './tracegen/failures.ts';
/**
 * Checks shards as they come: every constraint, lookup and bus from the columns alone, and what shards must agree on.
 * Throws `ELF_UNSUPPORTED` for a program without shards.
 */
export { type CheckShardsOptions, checkShards, type ShardChecks, type ShardsChecked } from './verbs/check-shards.ts';
/**
 * Runs an executable of SP1 and hands out the shards of its proof: columns of every chip and public values, cell for cell
 * those of SP1 6.4. Throws `ELF_UNSUPPORTED` for a program without shards, `USAGE` for thresholds that SP1 cannot trace with.
 */
export {
  type TracedShard,
  type TraceShardsOptions,
  type TraceShardsResult,
  traceShards,
} from './verbs/trace-shards.ts';
