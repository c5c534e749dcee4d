// The tree over shards that folds follow: a shard's number, or two subtrees.

export type FoldTree = number | readonly [FoldTree, FoldTree];

export const isLeaf = (tree: FoldTree): tree is number => typeof tree === 'number';

/** A fold over the tree from the leaves up, without recursion: a tree from a file may be as deep as it has leaves. */
export function reduceTree<T>(tree: FoldTree, leaf: (id: number) => T, join: (left: T, right: T) => T): T {
  const done: T[] = [];
  const open: (FoldTree | undefined)[] = [tree];
  while (open.length > 0) {
    const node = open.pop();
    if (node === undefined) {
      const right = done.pop()!;
      done.push(join(done.pop()!, right));
    } else if (isLeaf(node)) done.push(leaf(node));
    else open.push(undefined, node[1], node[0]);
  }
  return done[0]!;
}

/** Ids from left to right. */
export function leavesOf(tree: FoldTree): number[] {
  const leaves: number[] = [];
  reduceTree(
    tree,
    id => leaves.push(id),
    () => 0,
  );
  return leaves;
}

/** The tree over the leaves that are kept; a node with one subtree left becomes that. */
export function prune(tree: FoldTree, keep: (id: number) => boolean): FoldTree | undefined {
  return reduceTree<FoldTree | undefined>(
    tree,
    id => (keep(id) ? id : undefined),
    (left, right) => (left === undefined ? right : right === undefined ? left : [left, right]),
  );
}

/** Over the numbers from `low` to before `high`, cut in halves, the smaller half first. */
export function balancedTree(low: number, high: number): FoldTree {
  if (high - low === 1) return low;
  const middle = low + Math.floor((high - low) / 2);
  return [balancedTree(low, middle), balancedTree(middle, high)];
}
