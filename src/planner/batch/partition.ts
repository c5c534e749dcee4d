// Cuts a hypergraph into N parts by bisection after bisection; the tree of the cuts is the order of folds.
// Reference: ix:crates/kernel/src/shard.rs.

import { JitExecError } from '../../../runtime/errors.ts';
import type { FoldTree } from '../fold/tree.ts';
import { bisect } from './bisect.ts';
import { connectivity, type Hypergraph, renumbered, sumOf } from './hypergraph.ts';

export const DEFAULT_EPSILON = 0.05;

export interface Partition {
  /** Parts; at most one for each vertex. */
  readonly shards: number;
  /** The part of each vertex. */
  readonly assignment: Int32Array;
  /** What parts load of others. */
  readonly crossIngress: number;
  readonly tree: FoldTree;
}

/** A part of the graph that is to become `shards` parts, numbered from `base`. */
interface Piece {
  readonly graph: Hypergraph;
  /** The whole graph's numbers of its vertices. */
  readonly ids: Int32Array;
  readonly base: number;
  readonly shards: number;
}

/** `weights` of the graph are what vertices cost. @throws USAGE for no shards, or an epsilon that is no part of the half. */
export function partition(graph: Hypergraph, shards: number, epsilon: number = DEFAULT_EPSILON): Partition {
  check(graph, shards, epsilon);
  const parts = Math.max(1, Math.min(shards, graph.vertices));
  const assignment = new Int32Array(graph.vertices);
  const whole: Piece = {
    graph: { ...graph, weights: balanceWeights(graph.weights, parts) },
    ids: Int32Array.from({ length: graph.vertices }, (_, v) => v),
    base: 0,
    shards: parts,
  };
  const tree = divide(whole, graph.weights, epsilon, assignment);
  return { shards: parts, assignment, crossIngress: connectivity(graph, assignment, parts), tree };
}

function check({ weights }: Hypergraph, shards: number, epsilon: number): void {
  if (!Number.isSafeInteger(shards) || shards < 1)
    throw new JitExecError('USAGE', `shards: expected a whole number from 1, got ${shards}`);
  if (!(epsilon >= 0 && epsilon < 0.5))
    throw new JitExecError('USAGE', `epsilon: expected a number from 0 to below 0.5, got ${epsilon}`);
  if (!Number.isSafeInteger(sumOf(weights)))
    throw new JitExecError('USAGE', 'partition: expected costs that come to less than 2^53 together');
}

/** Weights that no single vertex dominates: one that costs more than a part should is as heavy as a part. */
function balanceWeights(weights: Float64Array, parts: number): Float64Array {
  const most = Math.max(1, Math.floor(sumOf(weights) / parts));
  const capped = weights.map(weight => Math.min(weight, most));
  return capped.some(weight => weight > 0) ? capped : capped.fill(1);
}

function divide(piece: Piece, costs: Float64Array, epsilon: number, assignment: Int32Array): FoldTree {
  const { graph, ids, base, shards } = piece;
  if (shards === 1) {
    for (const id of ids) assignment[id] = base;
    return base;
  }
  const sides = bisect(graph, epsilon);
  const halves = [0, 1].map(side => ids.filter((_, v) => sides[v] === side));
  const left = shareOf(shards, halves as [Int32Array, Int32Array], costs);
  const half = (side: 0 | 1): Piece => ({
    graph: restricted(graph, sides, side),
    ids: halves[side]!,
    base: side === 0 ? base : base + left,
    shards: side === 0 ? left : shards - left,
  });
  return [divide(half(0), costs, epsilon, assignment), divide(half(1), costs, epsilon, assignment)];
}

/** Parts of the left half, by what the halves cost; each half has a vertex for each of its parts. */
function shareOf(shards: number, [left, right]: readonly [Int32Array, Int32Array], costs: Float64Array): number {
  const costOf = (ids: Int32Array): number => ids.reduce((all, id) => all + costs[id]!, 0);
  const cost = costOf(left);
  const all = cost + costOf(right);
  const share = all === 0 ? Math.floor(shards / 2) : Math.round((shards * cost) / all);
  return Math.min(Math.max(share, 1, shards - right.length), shards - 1, left.length);
}

function restricted(graph: Hypergraph, sides: Uint8Array, side: number): Hypergraph {
  let next = 0;
  const to = Int32Array.from(sides, own => (own === side ? next++ : -1));
  return renumbered(
    graph,
    to,
    graph.weights.filter((_, v) => sides[v] === side),
  );
}
