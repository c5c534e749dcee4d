// Orders and dominators of a reducible graph, all iterative. The immediate dominator of a node is the nearest common
// ancestor of its forward predecessors, found with skew-binary jump pointers (Myers, "An applicative random-access
// stack", 1983): O(edges log nodes), also where cold exits of a long function all meet in one node.

/** Edges in compressed rows: the edges of node n are `target[start[n]]` to `target[start[n + 1] - 1]`, in order. */
export interface Edges {
  readonly start: Int32Array;
  readonly target: Int32Array;
}

export interface DominatorTree {
  /** Place of each node in reverse postorder, -1 where unreachable. */
  readonly position: Int32Array;
  /** Immediate dominator, -1 of the entry and of unreachable nodes. */
  readonly idom: Int32Array;
  /** Preorder number in the dominator tree: the nodes that n dominates are `first[n]` to `first[n] + size[n] - 1`. */
  readonly first: Int32Array;
  readonly size: Int32Array;
  /** Row n: preorder numbers, ascending, of the forward predecessors of n; one per edge. */
  readonly predecessors: Edges;
}

/** Reachable nodes in reverse postorder; of two successors the first comes earlier where the edges leave a choice. */
export function reversePostorder(edges: Edges, entry: number): number[] {
  const { start, target } = edges;
  const next = new Int32Array(start.length).fill(-1);
  const stack: number[] = [entry];
  const order: number[] = [];
  next[entry] = start[entry + 1]!;
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    if (next[node]! > start[node]!) {
      const edge = next[node]! - 1;
      next[node] = edge;
      const to = target[edge]!;
      if (next[to] === -1) {
        next[to] = start[to + 1]!;
        stack.push(to);
      }
    } else {
      order.push(node);
      stack.pop();
    }
  }
  return order.reverse();
}

/** The row-wise transpose of `edges`; sources of a row come in the order of `sources`, one per edge that `keep`s. */
export function transpose(edges: Edges, sources: Iterable<number>, keep: (from: number, to: number) => boolean): Edges {
  const { start, target } = edges;
  const from: number[] = [];
  const to: number[] = [];
  const counts = new Int32Array(start.length);
  for (const node of sources) {
    for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
      if (!keep(node, target[edge]!)) continue;
      from.push(node);
      to.push(target[edge]!);
      counts[target[edge]! + 1]!++;
    }
  }
  for (let node = 1; node < counts.length; node++) counts[node]! += counts[node - 1]!;
  const cursor = counts.slice();
  const rows = new Int32Array(from.length);
  for (let i = 0; i < from.length; i++) rows[cursor[to[i]!]!++] = from[i]!;
  return { start: counts, target: rows };
}

/** Dominators of a reducible graph, whose retreating edges (which all lead to a dominator) need not be looked at. */
export function dominatorTree(edges: Edges, order: readonly number[]): DominatorTree {
  const nodes = edges.start.length - 1;
  const position = new Int32Array(nodes).fill(-1);
  order.forEach((node, i) => {
    position[node] = i;
  });
  const forward = transpose(edges, order, (from, to) => position[from]! < position[to]!);
  const idom = immediateDominators(forward, order);
  const first = new Int32Array(nodes);
  const size = new Int32Array(nodes);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    size[node]!++;
    if (i > 0) size[idom[node]!]! += size[node]!;
  }
  const cursor = new Int32Array(nodes);
  for (const node of order) {
    const parent = idom[node]!;
    if (parent !== -1) {
      first[node] = cursor[parent]!;
      cursor[parent]! += size[node]!;
    }
    cursor[node] = first[node]! + 1;
  }
  const preorder: number[] = new Array(order.length);
  for (const node of order) preorder[first[node]!] = node;
  const rows = transpose(edges, preorder, (from, to) => position[from]! < position[to]!);
  return {
    position,
    idom,
    first,
    size,
    predecessors: { start: rows.start, target: rows.target.map(node => first[node]!) },
  };
}

function immediateDominators(forward: Edges, order: readonly number[]): Int32Array {
  const nodes = forward.start.length - 1;
  const idom = new Int32Array(nodes).fill(-1);
  const jump = new Int32Array(nodes);
  const depth = new Int32Array(nodes);
  jump[order[0]!] = order[0]!;
  const ancestor = (node: number, level: number): number => {
    let at = node;
    while (depth[at]! > level) at = depth[jump[at]!]! >= level ? jump[at]! : idom[at]!;
    return at;
  };
  const common = (one: number, other: number): number => {
    let a = ancestor(one, depth[other]!);
    let b = ancestor(other, depth[a]!);
    while (a !== b) {
      const far = jump[a] !== jump[b];
      a = far ? jump[a]! : idom[a]!;
      b = far ? jump[b]! : idom[b]!;
    }
    return a;
  };
  for (let i = 1; i < order.length; i++) {
    const node = order[i]!;
    let parent = forward.target[forward.start[node]!]!;
    for (let edge = forward.start[node]! + 1; edge < forward.start[node + 1]!; edge++) {
      parent = common(parent, forward.target[edge]!);
    }
    idom[node] = parent;
    depth[node] = depth[parent]! + 1;
    const skip = jump[parent]!;
    const even = depth[parent]! - depth[skip]! === depth[skip]! - depth[jump[skip]!]!;
    jump[node] = even ? jump[skip]! : parent;
  }
  return idom;
}
