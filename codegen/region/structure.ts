// Structured control flow from a control-flow graph, for the JavaScript and the WebAssembly printer. After Ramsey,
// "Beyond Relooper" (ICFP 2022): a node's code is followed by the code of what it dominates; nodes with several
// predecessors follow a block, loop heads open a loop. Beyond that: code after a loop stands behind the loop, not
// inside it, and an arm of a condition moves behind the `if` where that costs no branch. No node is emitted twice.

import { type DominatorTree, dominatorTree, reversePostorder } from './dominators.ts';
import { type FlowGraph, makeReducible, type ReducibleGraph } from './reducible.ts';

export type { FlowGraph };

/**
 * Every edge of the graph is realised exactly once, by a `jump` or a `fall` with its `from` and `target`. Their `from`
 * is -1 where a dispatch goes on to one of its entries: there is nothing to fix up there.
 */
export type Structured =
  | { kind: 'seq'; body: Structured[] }
  | { kind: 'block'; label: number; body: Structured } // breaking the label goes on behind the block
  | { kind: 'loop'; label: number; body: Structured } // continuing the label goes to its head; the body's end is never reached
  | { kind: 'node'; node: number } // the straight-line code of the node
  | { kind: 'if'; node: number; then: Structured; else: Structured } // successor 0, successor 1
  | { kind: 'switch'; node: number; cases: Structured[] } // reaching the end of a case goes on behind the switch
  | { kind: 'jump'; label: number; to: 'break' | 'continue'; from: number; target: number }
  | { kind: 'fall'; from: number; target: number } // goes on with what follows
  | { kind: 'leave'; node: number } // the node's own terminator leaves the region
  | { kind: 'setDispatch'; variable: number; value: number } // stands before the jump or fall to a dispatch
  | { kind: 'dispatch'; variable: number; cases: Structured[] }; // case i is for value i

export interface StructureResult {
  readonly body: Structured;
  readonly dispatchVariables: number;
  /** Nodes that are targets of back edges, through a dispatch or not; every cycle of the graph passes one. */
  readonly loopHeads: ReadonlySet<number>;
  /** Reachable nodes in reverse postorder. */
  readonly order: readonly number[];
}

// Deeper than this, an arm moves behind its `if` even where that costs a branch, so that nesting stays logarithmic.
const DEEP_NESTING = 24;

const NOWHERE = -1;

export function structure(graph: FlowGraph): StructureResult {
  const reducible = makeReducible(graph);
  return {
    body: emit(reducible),
    dispatchVariables: reducible.dispatches,
    loopHeads: reducible.loopHeads,
    order: reducible.order,
  };
}

/** Where each node's code stands: inside its immediate dominator's unless it follows some node or loop. */
interface Placement {
  /** Per node: the nodes that follow its code (inside its loop, if it heads one), in order of placement. */
  readonly followers: readonly (readonly number[])[];
  /** Per loop head: the nodes that follow the loop. */
  readonly loopFollowers: readonly (readonly number[])[];
  readonly isInline: Uint8Array;
}

function place(graph: ReducibleGraph, tree: DominatorTree, order: readonly number[]): Placement {
  const all = graph.nodes + graph.dispatches;
  const followers: number[][] = Array.from({ length: all }, () => []);
  const loopFollowers: number[][] = Array.from({ length: all }, () => []);
  const isInline = new Uint8Array(all);
  for (const node of order) {
    const parent = tree.idom[node]!;
    if (parent === -1) continue;
    const loop = graph.loopOf[node] === node ? graph.outerLoop[node]! : graph.loopOf[node]!;
    let left = NOWHERE; // the outermost loop that holds the dominator but not the node
    for (let at = graph.loopOf[parent]!; at !== loop; at = graph.outerLoop[at]!) left = at;
    const single = tree.predecessors.start[node + 1]! - tree.predecessors.start[node]! === 1;
    const leaves = graph.edges.start[node] === graph.edges.start[node + 1];
    if (single && (left === NOWHERE || leaves)) isInline[node] = 1;
    else if (left === NOWHERE) followers[parent]!.push(node);
    else loopFollowers[left]!.push(node);
  }
  return { followers, loopFollowers, isInline };
}

/** Where code is put: at the end of `out`, with the code of node `follow` coming right after it. */
interface Place {
  readonly out: Structured[];
  readonly follow: number;
  readonly depth: number;
}

interface Emission {
  readonly graph: ReducibleGraph;
  readonly tree: DominatorTree;
  readonly placement: Placement;
  readonly breakLabel: Int32Array; // per follower, -1 until something jumps to it
  readonly continueLabel: Int32Array; // per loop head
  labels: number;
  /** Stands in for recursion, which would go too deep: the last runs first, and what it pushes before all others. */
  readonly tasks: (() => void)[];
}

function emit(graph: ReducibleGraph): Structured {
  const order = reversePostorder(graph.edges, graph.entry);
  const tree = dominatorTree(graph.edges, order);
  const all = graph.nodes + graph.dispatches;
  const emission: Emission = {
    graph,
    tree,
    placement: place(graph, tree, order),
    breakLabel: new Int32Array(all).fill(-1),
    continueLabel: new Int32Array(all).fill(-1),
    labels: 0,
    tasks: [],
  };
  const out: Structured[] = [];
  emitTree(emission, graph.entry, { out, follow: NOWHERE, depth: 0 });
  for (let task = emission.tasks.pop(); task !== undefined; task = emission.tasks.pop()) task();
  return sequence(out);
}

/** All code placed with `node`: its own, its loop, and what follows them. */
function emitTree(emission: Emission, node: number, place: Place): void {
  const { graph, placement } = emission;
  if (graph.loopOf[node] !== node) {
    emitFollowed(emission, placement.followers[node]!, place, inner => emitNode(emission, node, inner));
    return;
  }
  emitFollowed(emission, placement.loopFollowers[node]!, place, ({ out, depth }) => {
    const label = emission.labels++;
    emission.continueLabel[node] = label;
    const body = part(emission, body => out.push({ kind: 'loop', label, body }));
    const inner: Place = { out: body, follow: NOWHERE, depth: depth + 1 };
    emitFollowed(emission, placement.followers[node]!, inner, at => emitNode(emission, node, at));
  });
}

/** What `emitFirst` emits, then each follower; in a block if something has to jump to the follower. */
function emitFollowed(
  emission: Emission,
  followers: readonly number[],
  { out, follow, depth }: Place,
  emitFirst: (place: Place) => void,
): void {
  const { tasks, breakLabel } = emission;
  const begin = out.length;
  for (let i = followers.length - 1; i >= 0; i--) {
    const node = followers[i]!;
    const place: Place = { out, follow: followers[i + 1] ?? follow, depth: depth + followers.length - 1 - i };
    tasks.push(() => emitTree(emission, node, place));
    tasks.push(() => {
      const label = breakLabel[node]!;
      if (label !== -1) out.push({ kind: 'block', label, body: sequence(out.splice(begin)) });
    });
  }
  const first: Place = { out, follow: followers[0] ?? follow, depth: depth + followers.length };
  tasks.push(() => emitFirst(first));
}

/** A list for the parts of a nested statement, which is made of them when all tasks pushed from now on are done. */
function part(emission: Emission, finish: (body: Structured) => void): Structured[] {
  const out: Structured[] = [];
  emission.tasks.push(() => finish(sequence(out)));
  return out;
}

function emitNode(emission: Emission, node: number, place: Place): void {
  const { graph } = emission;
  const begin = graph.edges.start[node]!;
  const count = graph.edges.start[node + 1]! - begin;
  if (node < graph.nodes) {
    place.out.push({ kind: 'node', node });
    if (count === 0) place.out.push({ kind: 'leave', node });
    else if (count === 1) emitEdge(emission, node, begin, place);
    else if (count === 2) emitIf(emission, node, place);
    if (count <= 2) return;
  }
  const cases: Structured[] = new Array(count);
  place.out.push(
    node < graph.nodes ? { kind: 'switch', node, cases } : { kind: 'dispatch', variable: node - graph.nodes, cases },
  );
  for (let i = count - 1; i >= 0; i--) {
    const out = part(emission, body => {
      cases[i] = body;
    });
    const inner: Place = { out, follow: place.follow, depth: place.depth + 1 };
    emission.tasks.push(() => emitEdge(emission, node, begin + i, inner));
  }
}

function emitIf(emission: Emission, node: number, place: Place): void {
  const { graph, tasks } = emission;
  const edge = graph.edges.start[node]!;
  const behind = armBehind(emission, node, place);
  if (behind !== undefined) tasks.push(() => emitTree(emission, behind, place));
  // biome-ignore lint/suspicious/noThenProperty: the arms of an if, never a promise
  const statement: Structured = { kind: 'if', node, then: NOTHING, else: NOTHING };
  place.out.push(statement);
  const inner = { follow: behind ?? place.follow, depth: place.depth + 1 };
  const otherwise = part(emission, body => {
    statement.else = body;
  });
  tasks.push(() => emitEdge(emission, node, edge + 1, { ...inner, out: otherwise }));
  const then = part(emission, body => {
    // biome-ignore lint/suspicious/noThenProperty: the arm of an if, never a promise
    statement.then = body;
  });
  tasks.push(() => emitEdge(emission, node, edge, { ...inner, out: then }));
}

/** The successor of a condition whose code is to stand behind the `if` instead of in an arm. */
function armBehind({ graph, tree, placement }: Emission, from: number, { follow, depth }: Place): number | undefined {
  const edge = graph.edges.start[from]!;
  const arms = [graph.edges.target[edge]!, graph.edges.target[edge + 1]!] as const;
  const isMovable = (node: number): boolean => tree.idom[node] === from && placement.isInline[node] === 1;
  const falls = (node: number): boolean =>
    follow !== NOWHERE && (node === follow || (isMovable(node) && reaches(tree, node, follow)));
  const movable = arms.filter((_, i) => isMovable(arms[i]!) && (depth >= DEEP_NESTING || !falls(arms[1 - i]!)));
  if (movable.length < 2) return movable[0];
  return tree.size[arms[0]]! > tree.size[arms[1]]! ? arms[0] : arms[1];
}

/** Is there a forward edge to `node` from what `root` dominates? */
function reaches({ first, size, predecessors }: DominatorTree, root: number, node: number): boolean {
  let low = predecessors.start[node]!;
  let high = predecessors.start[node + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (predecessors.target[middle]! < first[root]!) low = middle + 1;
    else high = middle;
  }
  return low < predecessors.start[node + 1]! && predecessors.target[low]! < first[root]! + size[root]!;
}

function emitEdge(emission: Emission, node: number, edge: number, place: Place): void {
  const { graph, tree, placement, breakLabel, continueLabel } = emission;
  const to = graph.edges.target[edge]!;
  const from = node < graph.nodes ? node : -1;
  const target = graph.finalTarget[edge]!;
  const { out } = place;
  if (to !== target) out.push(setDispatch(graph, to, target));
  if (tree.position[to]! <= tree.position[node]!) {
    out.push({ kind: 'jump', label: continueLabel[to]!, to: 'continue', from, target });
  } else if (to === place.follow || placement.isInline[to]) {
    out.push({ kind: 'fall', from, target });
    if (to !== place.follow) emission.tasks.push(() => emitTree(emission, to, place));
  } else {
    if (breakLabel[to] === -1) breakLabel[to] = emission.labels++;
    out.push({ kind: 'jump', label: breakLabel[to]!, to: 'break', from, target });
  }
}

function setDispatch(graph: ReducibleGraph, dispatch: number, target: number): Structured {
  return { kind: 'setDispatch', variable: dispatch - graph.nodes, value: graph.dispatchValue[target]! };
}

const NOTHING: Structured = { kind: 'seq', body: [] };

function sequence(body: Structured[]): Structured {
  return body.length === 1 ? body[0]! : { kind: 'seq', body };
}
