// In which order shards are folded, with so many at most in one call: as upstream does, or with the fewest calls.
// Reference: ix:crates/kernel/src/shard.rs (agg_plan).

import { JitExecError } from '../../../runtime/errors.ts';
import { type FoldTree, reduceTree } from './tree.ts';

/** Children are places in the list, each before the fold; the last is the root. */
export type FoldOp =
  | { readonly kind: 'leaf'; readonly shard: number }
  | { readonly kind: 'fold'; readonly children: readonly number[] };

export type FoldStrategy = 'upstream' | 'optimal';

/** What a call costs: in calls unless given. */
export interface FoldPrice {
  readonly call: number;
  readonly child: number;
}

/** The tree's nodes as flat lists, children before parents. */
interface Nodes {
  readonly root: number;
  readonly shard: readonly number[];
  /** -1 of a leaf. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leaves: readonly number[];
  /** The shard of the leftmost leaf. */
  readonly first: readonly number[];
}

function flatten(tree: FoldTree): Nodes {
  const shard: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const leaves: number[] = [];
  const first: number[] = [];
  const root = reduceTree(
    tree,
    id => {
      shard.push(id);
      left.push(-1);
      right.push(-1);
      leaves.push(1);
      return first.push(id) - 1;
    },
    (a, b) => {
      shard.push(-1);
      left.push(a);
      right.push(b);
      leaves.push(leaves[a]! + leaves[b]!);
      return first.push(first[a]!) - 1;
    },
  );
  return { root, shard, left, right, leaves, first };
}

/** @throws USAGE for an arity below 2. */
export function aggPlan(
  tree: FoldTree,
  arity: number,
  strategy: FoldStrategy = 'optimal',
  price: FoldPrice = { call: 1, child: 0 },
): readonly FoldOp[] {
  if (!Number.isSafeInteger(arity) || arity < 2)
    throw new JitExecError('USAGE', `arity: expected a whole number from 2, got ${arity}`);
  const nodes = flatten(tree);
  const childrenOf = strategy === 'upstream' ? largestFirst(nodes, arity) : fewestCalls(nodes, arity, price);
  return emit(nodes, childrenOf);
}

function emit(nodes: Nodes, childrenOf: (node: number) => readonly number[]): readonly FoldOp[] {
  const ops: FoldOp[] = [];
  const done: number[] = [];
  // A node to go into, or how many of those done are a fold's children.
  const open: ({ readonly node: number } | { readonly folds: number })[] = [{ node: nodes.root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ('folds' in next) done.push(ops.push({ kind: 'fold', children: done.splice(-next.folds) }) - 1);
    else if (nodes.left[next.node]! < 0) done.push(ops.push({ kind: 'leaf', shard: nodes.shard[next.node]! }) - 1);
    else {
      const children = childrenOf(next.node);
      open.push({ folds: children.length });
      for (const node of [...children].reverse()) open.push({ node });
    }
  }
  return ops;
}

/** Expands whichever subtree has most leaves, the last of equals, while there is room. */
function largestFirst({ left, right, leaves, first }: Nodes, arity: number): (node: number) => readonly number[] {
  return node => {
    const entries = [left[node]!, right[node]!];
    while (entries.length < arity) {
      let at = 0;
      for (const [i, entry] of entries.entries()) if (leaves[entry]! >= leaves[entries[at]!]!) at = i;
      const entry = entries[at]!;
      if (left[entry]! < 0) break;
      const last = entries.pop()!;
      if (at < entries.length) entries[at] = last;
      entries.push(left[entry]!, right[entry]!);
    }
    return entries.sort((a, b) => first[a]! - first[b]!);
  };
}

/**
 * cost(v, k): the least that v costs as k children of one call; as one child that is its own call over the best k. Every k up to
 * the arity, by how many of them are of the left subtree.
 */
function fewestCalls(nodes: Nodes, arity: number, price: FoldPrice): (node: number) => readonly number[] {
  const { left, right, leaves } = nodes;
  const width = arity + 1;
  const costs = new Float64Array(left.length * width).fill(Number.POSITIVE_INFINITY);
  /** Of (v, k): how many children are of the left subtree; of (v, 1): the k of its own call. */
  const choice = new Int32Array(left.length * width);
  for (let v = 0; v < left.length; v++) {
    const at = v * width;
    if (left[v]! < 0) {
      costs[at + 1] = 0;
      continue;
    }
    const [l, r] = [left[v]! * width, right[v]! * width];
    for (let k = 2; k <= Math.min(arity, leaves[v]!); k++) {
      for (let i = Math.max(1, k - leaves[right[v]!]!); i < k && i <= leaves[left[v]!]!; i++) {
        const cost = costs[l + i]! + costs[r + k - i]!;
        if (cost >= costs[at + k]!) continue;
        costs[at + k] = cost;
        choice[at + k] = i;
      }
      const own = costs[at + k]! + price.call + price.child * k;
      if (own >= costs[at + 1]!) continue;
      costs[at + 1] = own;
      choice[at + 1] = k;
    }
  }
  return node => childrenBy(nodes, choice, width, node);
}

function childrenBy({ left, right }: Nodes, choice: Int32Array, width: number, node: number): readonly number[] {
  const children: number[] = [];
  const open = [{ v: node, k: choice[node * width + 1]! }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { v, k } = next;
    if (k === 1) {
      children.push(v);
      continue;
    }
    const i = choice[v * width + k]!;
    open.push({ v: right[v]!, k: k - i }, { v: left[v]!, k: i });
  }
  return children;
}

export const foldsOf = (ops: readonly FoldOp[]): number => ops.filter(({ kind }) => kind === 'fold').length;

/** The longest chain of a plan, with what leaves and folds take, and the ops on it from the first to the root. */
export function criticalPath(
  ops: readonly FoldOp[],
  leaf: (shard: number) => number,
  { call, child }: FoldPrice,
): { readonly length: number; readonly path: readonly number[] } {
  const ends = new Float64Array(ops.length);
  const before = new Int32Array(ops.length).fill(-1);
  for (const [i, op] of ops.entries()) {
    if (op.kind === 'leaf') {
      ends[i] = leaf(op.shard);
      continue;
    }
    const latest = op.children.reduce((a, b) => (ends[b]! > ends[a]! ? b : a));
    before[i] = latest;
    ends[i] = ends[latest]! + call + child * op.children.length;
  }
  const path: number[] = [];
  for (let at = ops.length - 1; at >= 0; at = before[at]!) path.unshift(at);
  return { length: ends.at(-1) ?? 0, path };
}
