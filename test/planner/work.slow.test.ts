// The memory of longer runs is closed however they are cut.

import { describe, expect, it } from 'vitest';
import { inputBytes } from '../machine/sp1/guest-runs.ts';
import { type Case, plansOf, workOn } from './worked.ts';

describe.each<Case>([
  { guest: 'hints', inputs: [inputBytes('u64:7'), inputBytes('zeros:100')], slice: 100 },
  { guest: 'precompiles', inputs: [], slice: 40_000 },
])('the memory of $guest', one => {
  const plans = plansOf(one, [1, 2, 5]);

  it('is closed in however many shards, over the same of its image', () => {
    const folds = plans.map(plan => workOn(one, plan, new Map()).folded);
    expect(folds.map(({ outstanding }) => outstanding.size)).toEqual([0, 0, 0]);
    for (const { claim } of folds) expect(claim.assumptions.equals(folds[0]!.claim.assumptions)).toBe(true);
  });
});
