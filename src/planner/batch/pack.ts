// Fills shards to a cap along an order that min-cut gives, so that none is left half empty.
// Reference: ix:crates/kernel/src/shard.rs as of its third generation.

import { balancedTree } from '../fold/tree.ts';
import { sumOf } from './hypergraph.ts';
import { partition } from './partition.ts';
import { type BatchProfile, hypergraphOf } from './profile.ts';
import type { BatchShards } from './shards.ts';

/** Pieces of the order for each shard that is expected. */
const PIECES_PER_SHARD = 32;

export interface Packed extends BatchShards {
  /** Predicted cost of each shard: floor, members, what they load. */
  readonly predicted: Float64Array;
  /** A shard began with a block that alone is over the cap. */
  readonly isInfeasible: boolean;
}

export interface PackPrices {
  readonly cap: number;
  readonly floor: number;
  readonly foreignByte: number;
  readonly epsilon: number;
}

export function pack(profile: BatchProfile, costs: Float64Array, prices: PackPrices): Packed {
  const order = orderOf(profile, costs, prices);
  const packer = new Packer(profile, costs, prices);
  for (const id of order) packer.add(id);
  return packer.finish();
}

/** Blocks by the piece of a fine partition that they are in, then by number. */
function orderOf(profile: BatchProfile, costs: Float64Array, { cap, floor, epsilon }: PackPrices): Int32Array {
  const count = profile.blocks.length;
  const room = Math.max(1, cap - floor);
  const pieces = Math.min(count, Math.max(1, Math.floor((PIECES_PER_SHARD * sumOf(costs)) / room)));
  const { assignment } = partition(hypergraphOf(profile, costs), pieces, epsilon);
  return Int32Array.from({ length: count }, (_, id) => id).sort((a, b) => assignment[a]! - assignment[b]! || a - b);
}

class Packer {
  readonly #profile: BatchProfile;
  readonly #costs: Float64Array;
  readonly #prices: PackPrices;
  readonly #assignment: Int32Array;
  readonly #predicted: number[] = [];
  #shard = -1;
  #own = 0;
  /** Blocks of others that the shard loads. */
  readonly #foreign = new Set<number>();
  #foreignBytes = 0;
  #crossIngress = 0;
  #isInfeasible = false;

  constructor(profile: BatchProfile, costs: Float64Array, prices: PackPrices) {
    this.#profile = profile;
    this.#costs = costs;
    this.#prices = prices;
    this.#assignment = new Int32Array(profile.blocks.length).fill(-1);
  }

  /** The next block of the order. */
  add(id: number): void {
    const { cap } = this.#prices;
    if (this.#shard < 0 || this.#predict(this.#own + this.#costs[id]!, this.#foreignBytesWith(id)) > cap) this.#start();
    this.#take(id);
    const predicted = this.#predict(this.#own, this.#foreignBytes);
    if (this.#predicted.length === this.#shard && predicted > cap) this.#isInfeasible = true;
    this.#predicted[this.#shard] = predicted;
  }

  #predict(own: number, foreignBytes: number): number {
    const { floor, foreignByte } = this.#prices;
    return floor + own + foreignByte * foreignBytes;
  }

  #start(): void {
    this.#crossIngress += this.#foreignBytes;
    this.#shard++;
    this.#own = 0;
    this.#foreign.clear();
    this.#foreignBytes = 0;
  }

  /** Distinct producers of a block that are not in the shard with it. */
  #newForeign(id: number): readonly number[] {
    const { producerStarts, producers } = this.#profile;
    const own = producers.subarray(producerStarts[id]!, producerStarts[id + 1]!);
    const isNew = (other: number): boolean =>
      other !== id && this.#assignment[other] !== this.#shard && !this.#foreign.has(other);
    return [...new Set(own)].filter(isNew);
  }

  #sizeOf(ids: readonly number[]): number {
    return ids.reduce((all, id) => all + this.#profile.blocks[id]!.size, 0);
  }

  #foreignBytesWith(id: number): number {
    const freed = this.#foreign.has(id) ? this.#sizeOf([id]) : 0;
    return this.#foreignBytes - freed + this.#sizeOf(this.#newForeign(id));
  }

  #take(id: number): void {
    const added = this.#newForeign(id);
    this.#foreignBytes = this.#foreignBytesWith(id);
    this.#own += this.#costs[id]!;
    this.#foreign.delete(id);
    for (const other of added) this.#foreign.add(other);
    this.#assignment[id] = this.#shard;
  }

  finish(): Packed {
    const shards = this.#shard + 1;
    return {
      shards,
      assignment: this.#assignment,
      crossIngress: this.#crossIngress + this.#foreignBytes,
      tree: balancedTree(0, shards),
      predicted: Float64Array.from(this.#predicted),
      isInfeasible: this.#isInfeasible,
    };
  }
}
