// The calls of generated programs, as each engine follows them: one tree, whatever was compiled.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { foldedStacks } from '../../src/profile/formats/folded.ts';
import { callTree, followedOf } from '../../src/profile/profiler.ts';
import { IS_DEEP } from '../depth.ts';
import { prepare, type RunOptions } from './compare.ts';
import { RUNNERS } from './engines.ts';
import { type Plan, plans } from './random-plan.ts';
import { build } from './random-program.ts';

/** Undefined where the program has no run: a constant is out of reach. */
function treeOf(
  plan: Plan,
  options: RunOptions,
): { readonly stacks: readonly string[]; readonly calls: number } | undefined {
  try {
    const { executor } = prepare(build(plan), options);
    executor.run();
    const tree = callTree(followedOf(executor.observer)!, executor.program, 'instructions');
    const calls = tree.nodes.reduce((sum, node) => sum + node.calls, 0);
    const all = tree.nodes.reduce((sum, { self }) => sum + self, 0);
    if (options.follows === 'instructions') expect(all).toBe(executor.instructions);
    return { stacks: foldedStacks(tree).split('\n').sort(), calls };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const KINDS: readonly (readonly [IsaName, NonNullable<RunOptions['follows']>])[] = [
  ['rv32imc', 'instructions'],
  ['rv64im', 'instructions'],
  ['rv64im', 'weight'],
  ['rv32im', 'weight'],
  ['rv64imc', 'instructions'],
];

describe('generated programs', () => {
  it.each(KINDS)('of %s have one tree of calls on every engine, by %s', (isa, follows) => {
    const property = fc.property(plans(isa, 200, 'test'), fc.integer({ min: 4096, max: 20_000 }), (plan, budget) => {
      const options = { budget, hot: 5, follows } as const;
      const [first, ...others] = RUNNERS.map(({ engine, hot }) => treeOf(plan, { ...options, engine, hot: hot ?? 5 }));
      fc.pre(first !== undefined);
      for (const other of others) expect(other).toEqual(first);
    });
    fc.assert(property, { numRuns: IS_DEEP ? 40 : 3 });
  });
});
