// The memory of longer runs is closed however they are cut.

import { describe, expect, it } from 'vitest';
import type { ReadRunPlan } from '../../src/planner/run/plan-file.ts';
import { inputBytes } from '../machine/sp1/guest-runs.ts';
import { Killed } from './memory-files.ts';
import { type Case, planKeeping, plansOf, storeKeeps, workOn } from './worked.ts';

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

describe('a run of other inputs', () => {
  const first: Case = { guest: 'echo', inputs: [inputBytes('u64:7'), new Uint8Array(200)], slice: 31 };
  const second: Case = { ...first, inputs: [first.inputs[0]!, new Uint8Array(200).fill(3)] };

  it('takes up what was made before the first input that differs, and makes the rest', () => {
    const files = new Map<string, Uint8Array>();
    // The second input is read in the ninth slice.
    const { plan } = planKeeping(first, ({ runs: [run] }) => {
      const ends = [4, 8, 12].map(slices => run!.slices[slices - 1]!.clkEnd);
      return ({ clkStart, clkEnd }) => clkEnd === ends.find(end => end > clkStart);
    });
    const worked = workOn(first, plan, files);
    const after = planKeeping(second, storeKeeps(files));
    expect(after.kept).toBe(2);
    const ends = (shards: ReadRunPlan['shards']): number[] => shards.slice(0, 2).map(({ clkEnd }) => clkEnd);
    expect(ends(after.plan.shards)).toEqual(ends(plan.shards));
    const again = workOn(second, after.plan, files);
    expect(again.made).toBe(again.artefacts.length - 2);
    expect([worked.folded.outstanding.size, again.folded.outstanding.size]).toEqual([0, 0]);
    expect(planKeeping(first, storeKeeps(files)).kept).toBe(3);
  });
});

describe('a run that is killed', () => {
  const one: Case = { guest: 'fibonacci', inputs: [inputBytes('u64:40')], slice: 60 };
  const [plan] = plansOf(one, [2]) as [ReadRunPlan];
  const whole = workOn(one, plan, new Map());

  it('at any write is taken up by the next, which comes to the same roots', () => {
    let isDone = false;
    for (let steps = 0; !isDone; steps += 9) {
      const files = new Map<string, Uint8Array>();
      try {
        workOn(one, plan, files, { steps });
        isDone = true;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      const again = workOn(one, plan, files);
      expect(again.folded.claim).toEqual(whole.folded.claim);
      if (isDone) expect(again.made).toBe(0);
    }
  });
});

describe('chunks', () => {
  it('of whatever size, down to one entry, leave the memory of a run closed, over the same of its image', () => {
    const folds = [2 ** 20, 60, 1].map(chunk => {
      const one: Case = { guest: 'fibonacci', inputs: [inputBytes('u64:5')], slice: 100, chunk };
      return workOn(one, planKeeping(one, () => () => false).plan, new Map());
    });
    expect(folds.map(({ folded }) => folded.outstanding.size)).toEqual([0, 0, 0]);
    const counts = folds.map(({ artefacts }) => artefacts.length);
    expect(new Set(counts).size).toBe(3);
    for (const { folded } of folds)
      expect(folded.claim.assumptions.equals(folds[0]!.folded.claim.assumptions)).toBe(true);
  });
});
