// What a shard or a fold vouches for, and what under: sets by their roots, folded in either of upstream's modes.
// Reference: ix:zisk/agg-guest/src/main.rs.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import type { HashName } from './hash.ts';
import { type ItemSet, NO_ITEMS } from './item-set.ts';
import { canonicalRoot, joined } from './root.ts';

/** The roots that are committed. */
export interface Claim {
  readonly subjectRoot: Uint8Array;
  readonly assumptionRoot: Uint8Array;
}

/** A claim with the lists behind its roots, which whoever folds it checks. */
export interface OpenClaim extends Claim {
  readonly subjects: ItemSet;
  readonly assumptions: ItemSet;
}

export function claimOf(subjects: ItemSet, assumptions: ItemSet, hash: HashName): OpenClaim {
  return {
    subjects,
    assumptions,
    subjectRoot: canonicalRoot(subjects, hash),
    assumptionRoot: canonicalRoot(assumptions, hash),
  };
}

/** Mode 0: roots joined from left to right. Nothing is discharged, and the order counts. */
export function joinClaims(claims: readonly Claim[], hash: HashName): Claim {
  const join = (roots: readonly Uint8Array[]): Uint8Array => roots.reduce((left, right) => joined(left, right, hash));
  return {
    subjectRoot: join(claims.map(({ subjectRoot }) => subjectRoot)),
    assumptionRoot: join(claims.map(({ assumptionRoot }) => assumptionRoot)),
  };
}

/**
 * Mode 1: all subjects, and those assumptions that are none of them; the same in whichever order and shape it is folded.
 * @throws NOT_CLOSED where lists are not those of a claim's roots.
 */
export function dischargeClaims(claims: readonly OpenClaim[], hash: HashName): OpenClaim {
  for (const [i, claim] of claims.entries()) checkWitness(claim, i, hash);
  const union = (sets: readonly ItemSet[]): ItemSet => sets.reduce((a, b) => a.union(b), NO_ITEMS);
  const subjects = union(claims.map(claim => claim.subjects));
  return claimOf(subjects, union(claims.map(claim => claim.assumptions)).without(subjects), hash);
}

function checkWitness(claim: OpenClaim, i: number, hash: HashName): void {
  const pairs = [
    ['subjects', claim.subjects, claim.subjectRoot],
    ['assumptions', claim.assumptions, claim.assumptionRoot],
  ] as const;
  for (const [what, set, root] of pairs) {
    const own = hexOf(canonicalRoot(set, hash));
    if (own === hexOf(root)) continue;
    throw new JitExecError('NOT_CLOSED', `fold: expected ${what} of root ${hexOf(root)} in child ${i}, got ${own}`);
  }
}
