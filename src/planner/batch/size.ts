// How many balanced parts a cap asks for: by upstream's growth loop, or the true minimum.
// Reference: ix:crates/kernel/src/shard.rs as of its first generation (partition_for_cycle_cap).

import type { Hypergraph } from './hypergraph.ts';
import { sumOf } from './hypergraph.ts';
import { type Partition, partition } from './partition.ts';
import { shardCosts } from './shards.ts';

const MAX_ROUNDS = 24;
/** A shard so close to the largest block is as small as more shards would make it. */
const ATOMIC_FLOOR = 1.1;

export interface SizedPartition extends Partition {
  /** What the costliest shard costs. */
  readonly largestShard: number;
  /** A single block is over the cap: no number of shards helps. */
  readonly isInfeasible: boolean;
  /** Partitions that were made to find it. */
  readonly tries: number;
}

interface Search {
  readonly graph: Hypergraph;
  readonly cap: number;
  readonly epsilon: number;
}

/** Costs of the largest block and of all. */
const largestOf = (costs: Float64Array): number => costs.reduce((most, cost) => Math.max(most, cost), 0);

function attempt({ graph, epsilon }: Search, shards: number): Partition & { readonly largestShard: number } {
  const made = partition(graph, shards, epsilon);
  return { ...made, largestShard: largestOf(shardCosts(made, graph.weights)) };
}

/** As upstream: from ⌊total / cap⌋ up by the excess, so that it may jump over the smallest number that fits. */
export function growToCap(search: Search): SizedPartition {
  const { graph, cap } = search;
  const count = graph.vertices;
  const largest = largestOf(graph.weights);
  let made = attempt(search, Math.min(count, Math.max(1, Math.floor(sumOf(graph.weights) / cap))));
  let rounds = 0;
  const mayShrink = (): boolean => made.largestShard > Math.floor(ATOMIC_FLOOR * largest);
  while (made.largestShard > cap && made.shards < count && mayShrink() && rounds < MAX_ROUNDS) {
    const wanted = Math.ceil((made.shards * made.largestShard) / cap);
    made = attempt(search, Math.min(count, Math.max(made.shards + 1, wanted)));
    rounds++;
  }
  return { ...made, isInfeasible: largest > cap, tries: rounds + 1 };
}

/**
 * The fewest balanced parts of which each is within the cap; where a block is over it, within that block. Whether N parts fit
 * says nothing of N + 1, so each number from the least possible is tried.
 */
export function smallestWithinCap(search: Search): SizedPartition {
  const { graph, cap } = search;
  const largest = largestOf(graph.weights);
  const limit = Math.max(cap, largest);
  const least = Math.max(1, Math.ceil(sumOf(graph.weights) / limit));
  for (let shards = Math.min(least, graph.vertices); ; shards++) {
    const made = attempt(search, shards);
    if (made.largestShard > limit && shards < graph.vertices) continue;
    return { ...made, isInfeasible: largest > cap, tries: shards - least + 1 };
  }
}
