// Improves a cut of a hypergraph in two by moving vertices one by one, best first (Fiduccia, Mattheyses 1982).
// Reference: ix:crates/kernel/src/shard.rs.

import { MaxQueue } from './heap.ts';
import { type Hypergraph, type Nets, pinCount } from './hypergraph.ts';

/** Nets with more pins are cut anyway. */
export const MAX_REFINED_PINS = 400;

/** What side 0 may weigh. */
export interface WeightRange {
  readonly least: number;
  readonly most: number;
}

/** What the nets weigh that have pins on both sides, those with too many pins left out. */
export function cutOf(graph: Nets, sides: Uint8Array): number {
  let cut = 0;
  for (let net = 0; net < graph.nets; net++) {
    const degree = pinCount(graph, net);
    if (degree > MAX_REFINED_PINS) continue;
    let ones = 0;
    const end = graph.pinStarts[net + 1]!;
    for (let at = graph.pinStarts[net]!; at < end; at++) ones += sides[graph.pins[at]!]!;
    if (ones > 0 && ones < degree) cut += graph.netWeights[net]!;
  }
  return cut;
}

/** Changes `sides` until a pass keeps nothing, or `passes` times. The cut never gets worse. */
export function refine(graph: Hypergraph, sides: Uint8Array, window: WeightRange, passes: number): void {
  const refiner = new Refiner(graph, sides, window);
  for (let pass = 0; pass < passes; pass++) if (!refiner.pass()) return;
}

class Refiner {
  readonly #graph: Hypergraph;
  readonly #sides: Uint8Array;
  readonly #window: WeightRange;
  /** Of each net: pins on side 0, on side 1. */
  readonly #counts: Int32Array;
  readonly #gains: Float64Array;
  readonly #isLocked: Uint8Array;
  readonly #queue: MaxQueue;
  /** In the order of moves. */
  readonly #moved: Int32Array;
  /** Of each net: bit 0, 1 where a pin on that side is locked. */
  readonly #lockedSides: Uint8Array;
  /** What nets weigh that are cut when the pass begins, and that stay cut until it ends, having locked pins on both sides. */
  #cut = 0;
  #stays = 0;
  #weight = 0;

  constructor(graph: Hypergraph, sides: Uint8Array, window: WeightRange) {
    this.#graph = graph;
    this.#sides = sides;
    this.#window = window;
    this.#counts = new Int32Array(2 * graph.nets);
    this.#gains = new Float64Array(graph.vertices);
    this.#isLocked = new Uint8Array(graph.vertices);
    this.#queue = new MaxQueue(graph.vertices);
    this.#moved = new Int32Array(graph.vertices);
    this.#lockedSides = new Uint8Array(graph.nets);
  }

  /** Whether it kept a move. */
  pass(): boolean {
    this.#begin();
    const moved = this.#moved;
    let moves = 0;
    let change = 0;
    let best = 0;
    let kept = 0;
    for (let id = this.#queue.pop(); id >= 0; id = this.#queue.pop()) {
      const gain = this.#queue.key;
      this.#isLocked[id] = 1;
      if (this.#mayMove(id)) {
        change -= gain;
        this.#move(id);
        moved[moves++] = id;
        if (change < best) {
          best = change;
          kept = moves;
        }
      }
      this.#lock(id);
      // No cut of what is left to do is below what stays cut: all further moves would be taken back.
      if (this.#stays >= this.#cut + best) break;
    }
    for (let i = kept; i < moves; i++) this.#sides[moved[i]!]! ^= 1;
    return kept > 0;
  }

  #lock(id: number): void {
    const { netStarts, netsOf, netWeights } = this.#graph;
    const side = 1 << this.#sides[id]!;
    const end = netStarts[id + 1]!;
    for (let at = netStarts[id]!; at < end; at++) {
      const net = netsOf[at]!;
      const before = this.#lockedSides[net]!;
      if ((before & side) !== 0) continue;
      this.#lockedSides[net] = before | side;
      if (before !== 0 && !this.#isHub(net)) this.#stays += netWeights[net]!;
    }
  }

  #begin(): void {
    const { vertices, weights, nets, pinStarts, pins } = this.#graph;
    this.#gains.fill(0);
    this.#isLocked.fill(0);
    this.#queue.clear();
    this.#lockedSides.fill(0);
    this.#cut = 0;
    this.#stays = 0;
    this.#weight = 0;
    for (let v = 0; v < vertices; v++) if (this.#sides[v] === 0) this.#weight += weights[v]!;
    const isAtCut = new Uint8Array(vertices);
    const [counts, sides] = [this.#counts, this.#sides];
    for (let net = 0; net < nets; net++) {
      const [start, end] = [pinStarts[net]!, pinStarts[net + 1]!];
      if (end - start > MAX_REFINED_PINS) continue;
      let ones = 0;
      for (let at = start; at < end; at++) ones += sides[pins[at]!]!;
      counts[2 * net] = end - start - ones;
      counts[2 * net + 1] = ones;
      this.#addGains(net, isAtCut);
    }
    for (let v = 0; v < vertices; v++) if (isAtCut[v] === 1) this.#queue.set(v, this.#gains[v]!);
  }

  #isHub(net: number): boolean {
    return pinCount(this.#graph, net) > MAX_REFINED_PINS;
  }

  #addGains(net: number, isAtCut: Uint8Array): void {
    const { pinStarts, pins, netWeights } = this.#graph;
    const weight = netWeights[net]!;
    const isCut = this.#counts[2 * net]! > 0 && this.#counts[2 * net + 1]! > 0;
    if (isCut) this.#cut += weight;
    const end = pinStarts[net + 1]!;
    for (let at = pinStarts[net]!; at < end; at++) {
      const pin = pins[at]!;
      if (!isCut) this.#gains[pin]! -= weight;
      else {
        isAtCut[pin] = 1;
        if (this.#counts[2 * net + this.#sides[pin]!] === 1) this.#gains[pin]! += weight;
      }
    }
  }

  #mayMove(id: number): boolean {
    const own = this.#graph.weights[id]!;
    return this.#sides[id] === 0 ? this.#weight - own >= this.#window.least : this.#weight + own <= this.#window.most;
  }

  #move(id: number): void {
    const { netStarts, netsOf, netWeights, weights } = this.#graph;
    const from = this.#sides[id]!;
    const to = from ^ 1;
    this.#sides[id] = to;
    this.#weight += from === 0 ? -weights[id]! : weights[id]!;
    const end = netStarts[id + 1]!;
    for (let at = netStarts[id]!; at < end; at++) {
      const net = netsOf[at]!;
      if (this.#isHub(net)) continue;
      const weight = netWeights[net]!;
      const before = this.#counts[2 * net + to]!++;
      const left = --this.#counts[2 * net + from]!;
      // It was whole on the side that is left; or the one pin over there has company now.
      if (before === 0) this.#change(net, from, weight);
      else if (before === 1) this.#change(net, to, -weight, id);
      // It is whole over there now; or one pin is left behind.
      if (left === 0) this.#change(net, to, -weight, id);
      else if (left === 1) this.#change(net, from, weight);
    }
  }

  /** Adds to the gains of the net's pins on a side, `id` left out. */
  #change(net: number, side: number, gain: number, id = -1): void {
    const { pinStarts, pins } = this.#graph;
    const [sides, isLocked, gains, queue] = [this.#sides, this.#isLocked, this.#gains, this.#queue];
    const end = pinStarts[net + 1]!;
    for (let at = pinStarts[net]!; at < end; at++) {
      const pin = pins[at]!;
      if (pin === id || sides[pin] !== side || isLocked[pin] === 1) continue;
      gains[pin]! += gain;
      queue.set(pin, gains[pin]!);
    }
  }
}
