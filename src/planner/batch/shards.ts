// A batch cut into shards, however it was decided, with what each holds and loads.

import type { FoldTree } from '../fold/tree.ts';
import { type BatchProfile, compareBytes, forEachUse } from './profile.ts';

export interface BatchShards {
  readonly shards: number;
  /** The shard of each block. */
  readonly assignment: Int32Array;
  /** Bytes that shards load of others. */
  readonly crossIngress: number;
  readonly tree: FoldTree;
}

/** Blocks of each shard and distinct blocks of others that they use, both ascending. */
export interface ShardBlocks {
  readonly members: readonly number[];
  readonly foreign: readonly number[];
  readonly foreignBytes: number;
}

export function shardBlocks(profile: BatchProfile, { shards, assignment }: BatchShards): readonly ShardBlocks[] {
  const members = Array.from({ length: shards }, (): number[] => []);
  const foreign = Array.from({ length: shards }, () => new Set<number>());
  for (const [id, shard] of assignment.entries()) members[shard]!.push(id);
  forEachUse(profile, (consumer, producer) => {
    const shard = assignment[consumer]!;
    if (assignment[producer] !== shard) foreign[shard]!.add(producer);
  });
  return members.map((own, shard) => {
    const loaded = [...foreign[shard]!].sort((a, b) => a - b);
    return {
      members: own,
      foreign: loaded,
      foreignBytes: loaded.reduce((all, id) => all + profile.blocks[id]!.size, 0),
    };
  });
}

/** What the costs of each shard's blocks come to. */
export function shardCosts(
  { shards, assignment }: Pick<BatchShards, 'shards' | 'assignment'>,
  costs: Float64Array,
): Float64Array {
  const sums = new Float64Array(shards);
  for (const [id, shard] of assignment.entries()) sums[shard]! += costs[id]!;
  return sums;
}

/** The number of the block with an address; undefined where there is none. */
export function blockNumberOf({ blocks }: BatchProfile, address: Uint8Array): number | undefined {
  let low = 0;
  for (let high = blocks.length; low < high; ) {
    const middle = (low + high) >>> 1;
    const order = compareBytes(blocks[middle]!.address, address);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
