// What a run did, by call stack: a tree in which each node is a function called from its parent.

import type { SourceLine } from '../../codegen/dwarf/lines.ts';

/** What nodes are weighed by. */
export type ProfileWeight = (typeof PROFILE_WEIGHTS)[number];

/**
 * Instructions; calls of precompiles; loads; tenths of SP1's gas before it is scaled, of the rows of instructions and
 * precompiles, without what memory and clock of the run as a whole cost.
 */
export const PROFILE_WEIGHTS = ['instructions', 'precompiles', 'reads', 'gas'] as const;

export interface CallNode {
  /** Index of the caller in the list; -1 for the outermost. Callers come before those they call. */
  readonly parent: number;
  /** Name in the source, or the address of what no symbol covers. */
  readonly name: string;
  /** Its body is in that of its parent: it was called by nobody. */
  readonly inlined?: true;
  /** Address where it starts, or the first of what was inlined that was done. Hexadecimal. */
  readonly address: string;
  /** Where it is in the source, if the file says so. */
  readonly source?: SourceLine;
  /** Of the function itself, without what it calls. */
  readonly self: number;
  /** How often it was called there. */
  readonly calls: number;
  /** Of a report, calls of precompiles that it did there itself, if any. */
  readonly precompiles?: number;
}

export interface CallTree {
  readonly weight: ProfileWeight;
  readonly nodes: readonly CallNode[];
}

/** A function wherever it was called from. */
export interface FunctionTotal {
  readonly name: string;
  readonly self: number;
  /** With what it calls; recursion counts once. */
  readonly total: number;
  readonly calls: number;
  readonly precompiles?: number;
}

/** Weight of each node with all below it. */
export function totalsOf({ nodes }: CallTree): Float64Array {
  const totals = Float64Array.from(nodes, node => node.self);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { parent } = nodes[i]!;
    if (parent >= 0) totals[parent]! += totals[i]!;
  }
  return totals;
}

/** Functions by their own weight, the heaviest first. */
export function functionTotals(tree: CallTree): FunctionTotal[] {
  const totals = totalsOf(tree);
  const functions = new Map<string, { self: number; total: number; calls: number; precompiles?: number }>();
  /** Whether the function of node i is among its callers: then they have its weight already. */
  const isNested = (i: number): boolean => {
    const { name, parent } = tree.nodes[i]!;
    for (let at = parent; at >= 0; at = tree.nodes[at]!.parent) if (tree.nodes[at]!.name === name) return true;
    return false;
  };
  tree.nodes.forEach(({ name, self, calls, precompiles }, i) => {
    const sum = functions.get(name) ?? { self: 0, total: 0, calls: 0 };
    functions.set(name, sum);
    sum.self += self;
    sum.calls += calls;
    if (precompiles !== undefined) sum.precompiles = (sum.precompiles ?? 0) + precompiles;
    if (!isNested(i)) sum.total += totals[i]!;
  });
  return [...functions].map(([name, sums]) => ({ name, ...sums })).sort((a, b) => b.self - a.self || b.total - a.total);
}
