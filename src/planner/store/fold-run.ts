// Folds the artefacts of a run into one claim, and says whether it holds without anything assumed.

import { JitExecError } from '../../../runtime/errors.ts';
import { dischargeClaims, type OpenClaim } from '../fold/claim.ts';
import { aggPlan, foldsOf } from '../fold/fold-plan.ts';
import type { HashName } from '../fold/hash.ts';
import type { ItemSet } from '../fold/item-set.ts';
import { balancedTree } from '../fold/tree.ts';
import type { Artefact } from './artefact.ts';

export interface FoldedRun {
  readonly claim: OpenClaim;
  readonly folds: number;
  /** Assumptions that are neither anybody's subject nor what memory began with. */
  readonly outstanding: ItemSet;
}

/** @throws NOT_CLOSED where shards do not follow one another or a fold does not hold. */
export function foldRun(artefacts: readonly Artefact[], image: ItemSet, arity: number, hash: HashName): FoldedRun {
  checkBoundaries(artefacts);
  const ops = aggPlan(balancedTree(0, artefacts.length), arity);
  const claims: OpenClaim[] = [];
  for (const op of ops)
    claims.push(
      op.kind === 'leaf'
        ? artefacts[op.shard]!.claim
        : dischargeClaims(
            op.children.map(child => claims[child]!),
            hash,
          ),
    );
  // A shard alone is folded too: nothing else checks its lists.
  const claim = artefacts.length === 1 ? dischargeClaims([claims[0]!], hash) : claims.at(-1)!;
  return { claim, folds: Math.max(1, foldsOf(ops)), outstanding: claim.assumptions.without(image) };
}

function checkBoundaries(artefacts: readonly Artefact[]): void {
  const cores = artefacts.map(({ facts }) => facts).filter(({ kind }) => kind === 'core');
  for (const [i, { clkStart, pcStart }] of cores.entries()) {
    const before = cores[i - 1];
    if (before === undefined || (before.clkEnd === clkStart && before.pcEnd === pcStart)) continue;
    throw new JitExecError(
      'NOT_CLOSED',
      `fold: expected shard ${i} from clk ${before.clkEnd}, pc 0x${before.pcEnd.toString(16)} on, got clk ${clkStart}, pc 0x${pcStart.toString(16)}`,
    );
  }
}
