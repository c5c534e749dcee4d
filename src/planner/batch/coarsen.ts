// Makes a hypergraph smaller by pairing vertices that share heavy, small nets.
// Reference: ix:crates/kernel/src/shard.rs; no randomness, ties go to the lowest number.

import { type Hypergraph, renumbered, sumOf } from './hypergraph.ts';

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
  const most = Math.max(1, Math.floor(sumOf(graph.weights) / COARSEST));
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
  readonly #touched: Int32Array;

  constructor(graph: Hypergraph, partner: Int32Array) {
    this.#graph = graph;
    this.#partner = partner;
    this.#scores = new Float64Array(graph.vertices);
    this.#touched = new Int32Array(graph.vertices);
  }

  /** The free neighbour that shares most with v, of those that weigh at most `most` together with it; -1 for none. */
  best(v: number, most: number): number {
    const { weights } = this.#graph;
    const touched = this.#touched;
    const scores = this.#scores;
    const count = this.#addNets(v);
    let best = -1;
    let bestScore = 0;
    for (let i = 0; i < count; i++) {
      const u = touched[i]!;
      const score = scores[u]!;
      scores[u] = 0;
      const isBetter = score > bestScore || (score === bestScore && best >= 0 && u < best);
      if (!isBetter || weights[v]! + weights[u]! > most) continue;
      best = u;
      bestScore = score;
    }
    return best;
  }

  /** How many free neighbours have a score now. */
  #addNets(v: number): number {
    const { netStarts, netsOf, netWeights, pinStarts, pins } = this.#graph;
    const [partner, scores, touched] = [this.#partner, this.#scores, this.#touched];
    let count = 0;
    const last = netStarts[v + 1]!;
    for (let i = netStarts[v]!; i < last; i++) {
      const net = netsOf[i]!;
      const start = pinStarts[net]!;
      const end = pinStarts[net + 1]!;
      const others = end - start - 1;
      if (others >= MAX_MATCHED_PINS) continue;
      const share = Math.floor(netWeights[net]! / others);
      if (share === 0) continue;
      for (let at = start; at < end; at++) {
        const u = pins[at]!;
        if (u === v || partner[u]! >= 0) continue;
        if (scores[u] === 0) touched[count++] = u;
        scores[u]! += share;
      }
    }
    return count;
  }
}

function contract(graph: Hypergraph, partner: Int32Array): Level {
  const { vertices } = graph;
  const to = new Int32Array(vertices);
  const merged = new Float64Array(vertices);
  let count = 0;
  for (let v = 0; v < vertices; v++) {
    const other = partner[v]!;
    to[v] = other < v ? to[other]! : count++;
    merged[to[v]!]! += graph.weights[v]!;
  }
  return { graph: renumbered(graph, to, merged.slice(0, count)), to };
}
