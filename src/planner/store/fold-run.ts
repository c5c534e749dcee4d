// Folds the artefacts of a run into one claim, and says whether it holds without anything assumed.

import { JitExecError } from '../../../runtime/errors.ts';
import { dischargeClaims, type OpenClaim } from '../fold/claim.ts';
import { aggPlan, type FoldOp, foldsOf } from '../fold/fold-plan.ts';
import type { HashName } from '../fold/hash.ts';
import type { ItemSet } from '../fold/item-set.ts';
import { balancedTree } from '../fold/tree.ts';
import { type Artefact, type FoldFacts, type ShardSpan, spanOf } from './artefact.ts';

/** What memory begins with. */
export interface InitialMemory {
  /** Whether the tuple of 8 words at a place is of it: see ItemSet.words. */
  has(words: Uint32Array, at: number): boolean;
}

export interface FoldedRun {
  readonly claim: OpenClaim;
  readonly folds: number;
  /** Assumptions that are neither anybody's subject nor what memory began with. */
  readonly outstanding: ItemSet;
}

/** One call: artefacts of neighbours, in order. @throws NOT_CLOSED where they do not follow one another or do not hold. */
export function foldOf(children: readonly Artefact[], hash: HashName): Artefact<FoldFacts> {
  const sum = (of: (child: Artefact) => number): number => children.reduce((all, child) => all + of(child), 0);
  const facts: FoldFacts = {
    kind: 'fold',
    shards: sum(({ facts }) => (facts.kind === 'fold' ? facts.shards : 1)),
    cells: sum(({ facts: { cells } }) => cells),
    span: joined(children),
  };
  const claims = children.map(({ claim }) => claim);
  return { facts, claim: dischargeClaims(claims, hash) };
}

function joined(children: readonly Artefact[]): ShardSpan | undefined {
  const spans = children.map(spanOf).filter(span => span !== undefined);
  for (const [i, { clkStart, pcStart }] of spans.entries()) {
    const before = spans[i - 1];
    if (before === undefined || (before.clkEnd === clkStart && before.pcEnd === pcStart)) continue;
    throw new JitExecError(
      'NOT_CLOSED',
      `fold: expected shard ${i} from clk ${before.clkEnd}, pc 0x${before.pcEnd.toString(16)} on, got clk ${clkStart}, pc 0x${pcStart.toString(16)}`,
    );
  }
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { clkStart: first.clkStart, pcStart: first.pcStart, clkEnd: last.clkEnd, pcEnd: last.pcEnd };
}

/** The folds of so many shards in order. A shard alone is folded too: nothing else checks its lists. */
export function foldPlanOf(shards: number, arity: number): readonly FoldOp[] {
  const ops = aggPlan(balancedTree(0, shards), arity);
  return foldsOf(ops) > 0 ? ops : [...ops, { kind: 'fold', children: [0] }];
}

/** @throws NOT_CLOSED where shards do not follow one another or a fold does not hold. */
export function foldRun(
  artefacts: readonly Artefact[],
  image: InitialMemory,
  arity: number,
  hash: HashName,
): FoldedRun {
  const ops = foldPlanOf(artefacts.length, arity);
  const made: Artefact[] = [];
  for (const op of ops) {
    if (op.kind === 'leaf') made.push(artefacts[op.shard]!);
    else
      made.push(
        foldOf(
          op.children.map(child => made[child]!),
          hash,
        ),
      );
  }
  return closureOf(made.at(-1)!, image, foldsOf(ops));
}

/** `root`: of the fold of all shards of a run. */
export function closureOf({ claim }: Artefact, image: InitialMemory, folds: number): FoldedRun {
  return { claim, folds, outstanding: claim.assumptions.filter((words, at) => !image.has(words, at)) };
}
