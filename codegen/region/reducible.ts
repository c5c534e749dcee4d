// Makes a control-flow graph reducible and finds its loops. A loop is a strongly connected component; its interior,
// without the edges to its entries, is searched again for inner loops. A component entered at several nodes gets a
// dispatch: a new node that all edges from outside and all back edges to its entries pass, after setting a variable
// to the number of the entry they mean. Edges between entries that close no cycle stay direct.

import { type Edges, reversePostorder, transpose } from './dominators.ts';

export interface FlowGraph {
  readonly entry: number;
  /** Nodes are 0 to nodes - 1. */
  readonly nodes: number;
  /** In order. None: leaves the region. Two: [taken, not taken] of a condition. More: target i is case i. */
  successors(node: number): readonly number[];
}

export interface ReducibleGraph {
  /** Nodes of the original graph; dispatch d, of variable d, is node `nodes + d`. */
  readonly nodes: number;
  readonly dispatches: number;
  /** Never dispatched: a loop that holds the region's entry has no other. */
  readonly entry: number;
  /** Edges as they are now; original edges keep their order and number. Edge i of a dispatch is case i. */
  readonly edges: Edges;
  /** Where each edge leads in the end: differs from `edges.target` where a dispatch lies between. */
  readonly finalTarget: Int32Array;
  /** Case number of a node that is reached through a dispatch. */
  readonly dispatchValue: Int32Array;
  /** Innermost loop of each node, named by its head (a head is in its own loop); -1: none. */
  readonly loopOf: Int32Array;
  /** Per loop head: the head of the next outer loop, or -1. */
  readonly outerLoop: Int32Array;
  /** Original nodes to which back edges lead. Every cycle of the original graph passes one of them. */
  readonly loopHeads: ReadonlySet<number>;
  /** Reachable original nodes in reverse postorder. */
  readonly order: readonly number[];
}

interface Component {
  readonly id: number;
  readonly members: readonly number[];
  readonly outer: number; // head of the enclosing loop, -1: none
}

/** What the search for loops finds, filled in from the outermost loops inwards. */
interface Loops {
  readonly dispatches: (readonly number[])[]; // entries by case number
  readonly loopOf: number[];
  readonly outerLoop: number[];
  readonly heads: Set<number>;
  readonly isDispatched: Uint8Array;
  readonly direct: Set<number>; // from * nodes + to, of edges to dispatched nodes that need no dispatch
}

export function makeReducible(graph: FlowGraph): ReducibleGraph {
  const edges = edgesOf(graph);
  const order = reversePostorder(edges, graph.entry);
  const loops = findLoops(edges, order);
  return {
    nodes: graph.nodes,
    entry: graph.entry,
    ...insertDispatches(edges, loops),
    loopOf: Int32Array.from(loops.loopOf),
    outerLoop: Int32Array.from(loops.outerLoop),
    loopHeads: loops.heads,
    order,
  };
}

function edgesOf(graph: FlowGraph): Edges {
  const start = new Int32Array(graph.nodes + 1);
  const target: number[] = [];
  for (let node = 0; node < graph.nodes; node++) {
    for (const to of graph.successors(node)) target.push(to);
    start[node + 1] = target.length;
  }
  return { start, target: Int32Array.from(target) };
}

function findLoops(edges: Edges, order: readonly number[]): Loops {
  const nodes = edges.start.length - 1;
  const predecessors = transpose(edges, order, () => true);
  const loops: Loops = {
    dispatches: [],
    loopOf: new Array(nodes).fill(-1),
    outerLoop: new Array(nodes).fill(-1),
    heads: new Set(),
    isDispatched: new Uint8Array(nodes),
    direct: new Set(),
  };
  const search = componentSearch(edges);
  const position = new Int32Array(nodes);
  order.forEach((node, i) => {
    position[node] = i;
  });
  let ids = 0;
  const work: Component[] = [];
  const enqueue = (found: readonly number[][], outer: number): void => {
    for (const members of found) {
      ids++;
      for (const node of members) search.component[node] = ids;
      work.push({ id: ids, members, outer });
    }
  };
  enqueue(search.run([order[0]!]), -1);
  while (work.length > 0) {
    const { id, members, outer } = work.pop()!;
    const entries = members
      .filter(node => {
        const row = predecessors.target.subarray(predecessors.start[node]!, predecessors.start[node + 1]!);
        return node === order[0] || row.some(from => search.component[from] !== id);
      })
      .sort((a, b) => position[a]! - position[b]!);
    for (const node of entries) search.isEntry[node] = 1;
    // Last root first, so that in topological order the first entry precedes the others.
    const inner = search.run(entries.toReversed());
    const head = entries.length === 1 ? entries[0]! : nodes + loops.dispatches.length;
    if (head < nodes) loops.heads.add(head);
    else dispatchEntries(entries, id, search, predecessors, loops);
    for (const node of members) loops.loopOf[node] = head;
    loops.loopOf[head] = head;
    loops.outerLoop[head] = outer;
    enqueue(inner, head);
  }
  return loops;
}

function dispatchEntries(
  entries: readonly number[],
  id: number,
  search: ComponentSearch,
  predecessors: Edges,
  loops: Loops,
): void {
  const nodes = loops.isDispatched.length;
  loops.dispatches.push(entries);
  for (const entry of entries) {
    loops.isDispatched[entry] = 1;
    for (let edge = predecessors.start[entry]!; edge < predecessors.start[entry + 1]!; edge++) {
      const from = predecessors.target[edge]!;
      if (search.component[from] !== id) continue;
      if (search.emitted[from]! > search.emitted[entry]!) loops.direct.add(from * nodes + entry);
      else loops.heads.add(entry);
    }
  }
}

interface ComponentSearch {
  readonly component: Int32Array; // the component each node was last found in, 0 at first
  readonly isEntry: Uint8Array; // edges to these nodes are not followed
  readonly emitted: Int32Array; // of two components of one run, the larger is earlier in topological order
  /** Strongly connected components with an edge inside, among the nodes of the roots' component. */
  run(roots: readonly number[]): number[][];
}

/** Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) with the recursion unrolled. */
function componentSearch({ start, target }: Edges): ComponentSearch {
  const nodes = start.length - 1;
  const component = new Int32Array(nodes);
  const isEntry = new Uint8Array(nodes);
  const emitted = new Int32Array(nodes);
  const index = new Int32Array(nodes);
  const low = new Int32Array(nodes);
  const next = new Int32Array(nodes);
  let visits = 0;
  let emissions = 0;
  const emit = (node: number, open: number[]): number[] | undefined => {
    const members = open.splice(open.lastIndexOf(node));
    emissions++;
    for (const member of members) emitted[member] = emissions;
    const isLoop =
      members.length > 1 || (!isEntry[node] && target.subarray(start[node]!, start[node + 1]!).includes(node));
    return isLoop ? members : undefined;
  };
  const run = (roots: readonly number[]): number[][] => {
    const id = component[roots[0]!]!;
    const [visitsBefore, emissionsBefore] = [visits, emissions];
    const found: number[][] = [];
    const open: number[] = [];
    const path: number[] = [];
    const enter = (node: number): void => {
      visits++;
      index[node] = visits;
      low[node] = visits;
      next[node] = start[node]!;
      open.push(node);
      path.push(node);
    };
    for (const root of roots) {
      if (index[root]! > visitsBefore) continue;
      enter(root);
      while (path.length > 0) {
        const node = path[path.length - 1]!;
        if (next[node]! < start[node + 1]!) {
          const to = target[next[node]!++]!;
          if (component[to] !== id || isEntry[to]) continue;
          if (index[to]! <= visitsBefore) enter(to);
          else if (emitted[to]! <= emissionsBefore) low[node] = Math.min(low[node]!, index[to]!);
          continue;
        }
        path.pop();
        const parent = path[path.length - 1];
        if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
        if (low[node] !== index[node]) continue;
        const members = emit(node, open);
        if (members !== undefined) found.push(members);
      }
    }
    return found;
  };
  return { component, isEntry, emitted, run };
}

function insertDispatches(
  edges: Edges,
  { dispatches, isDispatched, direct }: Loops,
): Pick<ReducibleGraph, 'dispatches' | 'edges' | 'finalTarget' | 'dispatchValue'> {
  const nodes = edges.start.length - 1;
  const dispatchOf = new Int32Array(nodes);
  const dispatchValue = new Int32Array(nodes);
  const start = [...edges.start];
  const finalTarget = [...edges.target];
  dispatches.forEach((entries, dispatch) => {
    entries.forEach((node, value) => {
      dispatchOf[node] = nodes + dispatch;
      dispatchValue[node] = value;
      finalTarget.push(node);
    });
    start.push(finalTarget.length);
  });
  const target = Int32Array.from(finalTarget);
  for (let from = 0; from < nodes; from++) {
    for (let edge = start[from]!; edge < start[from + 1]!; edge++) {
      const to = target[edge]!;
      if (isDispatched[to] && !direct.has(from * nodes + to)) target[edge] = dispatchOf[to]!;
    }
  }
  return {
    dispatches: dispatches.length,
    edges: { start: Int32Array.from(start), target },
    finalTarget: Int32Array.from(finalTarget),
    dispatchValue,
  };
}
