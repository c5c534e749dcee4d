// A hypergraph as flat arrays: vertices with a weight, nets with a weight and pins.

export interface Hypergraph {
  readonly vertices: number;
  readonly weights: Float64Array;
  readonly nets: number;
  readonly netWeights: Float64Array;
  /** Where the pins of each net start, and where those of the last end. */
  readonly pinStarts: Int32Array;
  readonly pins: Int32Array;
  /** The same by vertex: where its nets start, and they. */
  readonly netStarts: Int32Array;
  readonly netsOf: Int32Array;
}

export type Nets = Pick<Hypergraph, 'nets' | 'netWeights' | 'pinStarts' | 'pins'>;

/** Collects nets one by one; those with fewer than 2 pins are dropped, being never cut. */
export class NetList {
  readonly #weights: Float64Array;
  readonly #starts: Int32Array;
  readonly #pins: Int32Array;
  #nets = 0;
  #end = 0;

  /** Room for so many at most. */
  constructor(nets: number, pins: number) {
    this.#weights = new Float64Array(nets);
    this.#starts = new Int32Array(nets + 1);
    this.#pins = new Int32Array(pins);
  }

  pin(vertex: number): void {
    this.#pins[this.#end++] = vertex;
  }

  /** The pins since the last net are one of this weight. */
  end(weight: number): void {
    const start = this.#starts[this.#nets]!;
    if (this.#end - start < 2) {
      this.#end = start;
      return;
    }
    this.#weights[this.#nets++] = weight;
    this.#starts[this.#nets] = this.#end;
  }

  get all(): Nets {
    return {
      nets: this.#nets,
      netWeights: this.#weights.slice(0, this.#nets),
      pinStarts: this.#starts.slice(0, this.#nets + 1),
      pins: this.#pins.slice(0, this.#end),
    };
  }
}

export function makeHypergraph(weights: Float64Array, nets: Nets): Hypergraph {
  const vertices = weights.length;
  const netStarts = new Int32Array(vertices + 1);
  const { pins, pinStarts } = nets;
  for (let at = 0; at < pins.length; at++) netStarts[pins[at]! + 1]!++;
  for (let v = 0; v < vertices; v++) netStarts[v + 1]! += netStarts[v]!;
  const next = netStarts.slice(0, vertices);
  const netsOf = new Int32Array(pins.length);
  for (let net = 0; net < nets.nets; net++) {
    const end = pinStarts[net + 1]!;
    for (let at = pinStarts[net]!; at < end; at++) netsOf[next[pins[at]!]!++] = net;
  }
  return { ...nets, vertices, weights, netStarts, netsOf };
}

export const sumOf = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

export const pinCount = ({ pinStarts }: Nets, net: number): number => pinStarts[net + 1]! - pinStarts[net]!;

/**
 * The graph over new numbers of vertices. `to`: the new number of each, -1 where it is left out; several vertices may get the
 * same, and become one pin of a net.
 */
export function renumbered(graph: Nets, to: Int32Array, weights: Float64Array): Hypergraph {
  const list = new NetList(graph.nets, graph.pins.length);
  const seenIn = new Int32Array(weights.length).fill(-1);
  const { nets, netWeights, pinStarts, pins } = graph;
  for (let net = 0; net < nets; net++) {
    const end = pinStarts[net + 1]!;
    for (let at = pinStarts[net]!; at < end; at++) {
      const vertex = to[pins[at]!]!;
      if (vertex < 0 || seenIn[vertex] === net) continue;
      seenIn[vertex] = net;
      list.pin(vertex);
    }
    list.end(netWeights[net]!);
  }
  return makeHypergraph(weights, list.all);
}

/** Connectivity less one: what the nets weigh, each as often as it has parts besides one. */
export function connectivity(graph: Nets, partOf: ArrayLike<number>, parts: number): number {
  const seenIn = new Int32Array(parts).fill(-1);
  let total = 0;
  for (let net = 0; net < graph.nets; net++) {
    const end = graph.pinStarts[net + 1]!;
    let found = -1;
    for (let at = graph.pinStarts[net]!; at < end; at++) {
      const part = partOf[graph.pins[at]!]!;
      if (seenIn[part] === net) continue;
      seenIn[part] = net;
      found++;
    }
    total += found * graph.netWeights[net]!;
  }
  return total;
}
