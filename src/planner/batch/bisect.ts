// Cuts a hypergraph in two of about the same weight: coarsen, cut the small graph, refine on the way back.
// Reference: ix:crates/kernel/src/shard.rs.

import { coarsen } from './coarsen.ts';
import { MaxQueue } from './heap.ts';
import { type Hypergraph, pinCount, sumOf } from './hypergraph.ts';
import { cutOf, MAX_REFINED_PINS, refine, type WeightRange } from './refine.ts';

const COARSEST_PASSES = 10;
const PASSES = 1;
const SPREAD_SEEDS = 4;

/** The side of each vertex. `epsilon`: how far from the half side 0 may be, as a part of the whole. */
export function bisect(graph: Hypergraph, epsilon: number): Uint8Array {
  const total = sumOf(graph.weights);
  const window = { least: Math.floor((0.5 - epsilon) * total), most: Math.ceil((0.5 + epsilon) * total) };
  const levels = coarsen(graph);
  let sides = initialCut(levels.at(-1)?.graph ?? graph, window, total);
  for (let i = levels.length - 1; i >= 0; i--) {
    const { to } = levels[i]!;
    const finer = levels[i - 1]?.graph ?? graph;
    const coarse = sides;
    sides = Uint8Array.from(to, vertex => coarse[vertex]!);
    refine(finer, sides, window, PASSES);
  }
  return sides;
}

/** The best of several cuts that were grown and refined; the ids in half where every one has an empty side. */
function initialCut(graph: Hypergraph, window: WeightRange, total: number): Uint8Array {
  let best: { readonly sides: Uint8Array; readonly isOutside: boolean; readonly cut: number } | undefined;
  for (const seed of seedsOf(graph)) {
    const sides = grow(graph, seed, Math.floor(total / 2));
    refine(graph, sides, window, COARSEST_PASSES);
    const ones = sides.reduce((count, side) => count + side, 0);
    if (ones === 0 || ones === graph.vertices) continue;
    const weight = graph.weights.reduce((all, own, v) => (sides[v] === 0 ? all + own : all), 0);
    const isOutside = weight < window.least || weight > window.most;
    const cut = cutOf(graph, sides);
    const isBetter =
      best === undefined || (isOutside === best.isOutside ? cut < best.cut : best.isOutside && !isOutside);
    if (isBetter) best = { sides, isOutside, cut };
  }
  const half = graph.vertices >>> 1;
  return best?.sides ?? Uint8Array.from({ length: graph.vertices }, (_, v) => (v < half ? 0 : 1));
}

function seedsOf({ vertices, weights }: Hypergraph): readonly number[] {
  let heaviest = 0;
  for (let v = 1; v < vertices; v++) if (weights[v]! > weights[heaviest]!) heaviest = v;
  return [heaviest, ...Array.from({ length: SPREAD_SEEDS }, (_, i) => Math.floor((i * vertices) / SPREAD_SEEDS))];
}

/** Side 0 grows from the seed by whoever is connected most, until it weighs `enough`. */
function grow(graph: Hypergraph, seed: number, enough: number): Uint8Array {
  const { vertices, weights, netStarts, netsOf, netWeights, pinStarts, pins } = graph;
  const sides = new Uint8Array(vertices).fill(1);
  const connections = new Float64Array(vertices);
  const isTouched = new Uint8Array(graph.nets);
  const queue = new MaxQueue(vertices);
  const touch = (net: number): void => {
    if (isTouched[net] === 1 || pinCount(graph, net) > MAX_REFINED_PINS) return;
    isTouched[net] = 1;
    for (let at = pinStarts[net]!; at < pinStarts[net + 1]!; at++) {
      const pin = pins[at]!;
      if (sides[pin] === 0) continue;
      connections[pin]! += netWeights[net]!;
      queue.set(pin, connections[pin]!);
    }
  };
  let weight = 0;
  let lowest = 0;
  for (let next = seed; ; ) {
    sides[next] = 0;
    weight += weights[next]!;
    if (weight >= enough) return sides;
    for (let at = netStarts[next]!; at < netStarts[next + 1]!; at++) touch(netsOf[at]!);
    let first = queue.pop();
    while (first >= 0 && sides[first] === 0) first = queue.pop();
    while (first < 0 && lowest < vertices && sides[lowest] === 0) lowest++;
    if (first < 0 && lowest === vertices) return sides;
    next = first < 0 ? lowest : first;
  }
}
