// How much is tested: a sample by `npm test`, everything by `npm run test:slow`, which runs the files of vitest.config.ts's
// DEEPER as well.

import { test } from 'vitest';

export const IS_DEEP: boolean = process.env.TEST_DEPTH === 'all';

/** Of cases that are much alike every n-th, from the first one on. */
export const sampled = <T>(cases: readonly T[], every: number): readonly T[] =>
  IS_DEEP ? cases : cases.filter((_, i) => i % every === 0);

/** A test of what others show in part, and which takes seconds. */
export function deepTest(title: string, body: () => unknown): void {
  if (IS_DEEP) test(title, body as () => void);
}
