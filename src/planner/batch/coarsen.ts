// Makes a hypergraph smaller by pairing vertices that share heavy, small nets.
// Reference: ix:crates/kernel/src/shard.rs; no randomness, ties go to the lowest number.

import { degreeOf, type Hypergraph, renumbered, sum } from './hypergraph.ts';

/** Vertices at which it is small enough. */
const COARSEST = 256;
/** A pass that keeps more of the vertices than this is the last. */
const LEAST_SHRINK = 0.9;
/** Nets with more pins say nothing of who belongs together. */
const MAX_MATCHED_PINS = 100;

/** A smaller graph, and which of its vertices each vertex of the finer one is in. */
export interface Level {
  readonly graph: Hypergraph;
  readonly to: Int32Array;
}

/** The levels from fine to coarse, without the graph itself. */
export function coarsen(graph: Hypergraph): readonly Level[] {
  const most = Math.max(1, Math.floor(sum(graph.weights) / COARSEST));
  const levels: Level[] = [];
  for (let fine = graph; fine.vertices > COARSEST; ) {
    const level = contract(fine, pairs(fine, most));
    if (level.graph.vertices > LEAST_SHRINK * fine.vertices) break;
    levels.push(level);
    fine = level.graph;
  }
  return levels;
}

/** The vertex that each is paired with, or itself. */
function pairs(graph: Hypergraph, most: number): Int32Array {
  const { vertices, weights } = graph;
  const partner = new Int32Array(vertices).fill(-1);
  const scorer = new Scorer(graph, partner);
  let next = 0;
  for (let v = 0; v < vertices; v++) {
    if (partner[v]! >= 0) continue;
    let found = scorer.best(v, most);
    if (found < 0) {
      // Pairing it with whoever comes next cuts no more.
      for (next = Math.max(next, v + 1); next < vertices && partner[next]! >= 0; ) next++;
      if (next < vertices && weights[v]! + weights[next]! <= most) found = next;
    }
    partner[v] = found < 0 ? v : found;
    if (found >= 0) partner[found] = v;
  }
  return partner;
}

class Scorer {
  readonly #graph: Hypergraph;
  readonly #partner: Int32Array;
  readonly #scores: Float64Array;
  readonly #touched: number[] = [];

  constructor(graph: Hypergraph, partner: Int32Array) {
    this.#graph = graph;
    this.#partner = partner;
    this.#scores = new Float64Array(graph.vertices);
  }

  /** The free neighbour that shares most with v, of those that weigh at most `most` together with it; -1 for none. */
  best(v: number, most: number): number {
    const { weights, netStarts, netsOf } = this.#graph;
    const end = netStarts[v + 1]!;
    for (let at = netStarts[v]!; at < end; at++) this.#addNet(netsOf[at]!, v);
    let best = -1;
    let bestScore = 0;
    for (const u of this.#touched) {
      const score = this.#scores[u]!;
      this.#scores[u] = 0;
      const isBetter = score > bestScore || (score === bestScore && best >= 0 && u < best);
      if (!isBetter || weights[v]! + weights[u]! > most) continue;
      best = u;
      bestScore = score;
    }
    this.#touched.length = 0;
    return best;
  }

  #addNet(net: number, v: number): void {
    const { netWeights, pinStarts, pins } = this.#graph;
    const degree = degreeOf(this.#graph, net);
    if (degree > MAX_MATCHED_PINS) return;
    const share = Math.floor(netWeights[net]! / (degree - 1));
    if (share === 0) return;
    const end = pinStarts[net + 1]!;
    for (let at = pinStarts[net]!; at < end; at++) {
      const u = pins[at]!;
      if (u === v || this.#partner[u]! >= 0) continue;
      if (this.#scores[u] === 0) this.#touched.push(u);
      this.#scores[u]! += share;
    }
  }
}

function contract(graph: Hypergraph, partner: Int32Array): Level {
  const { vertices } = graph;
  const to = new Int32Array(vertices);
  const merged: number[] = [];
  for (let v = 0; v < vertices; v++) {
    const other = partner[v]!;
    if (other < v) {
      to[v] = to[other]!;
      merged[to[v]!]! += graph.weights[v]!;
    } else to[v] = merged.push(graph.weights[v]!) - 1;
  }
  return { graph: renumbered(graph, to, Float64Array.from(merged)), to };
}
