import { expect, test } from 'vitest';
import { CompileBudget } from '../../src/engine/code/compile-budget.ts';

test('some is translated at once', () => {
  const budget = new CompileBudget(() => 0, 1, 'small');
  expect(budget.hasLeft).toBe(true);
  budget.spend(3500);
  expect(budget.hasLeft).toBe(false);
});

test('what was translated is missing until enough has been executed', () => {
  let executed = 0;
  const budget = new CompileBudget(() => executed, 2, 'small');
  budget.spend(5000);
  executed = 220_000_000;
  expect(budget.hasLeft).toBe(false);
  executed = 240_000_000;
  expect(budget.hasLeft).toBe(true);
});

test('of large programs less is translated', () => {
  const left = (size: 'small' | 'large', executed: number): boolean => {
    const budget = new CompileBudget(() => executed, 1, size);
    budget.spend(1000);
    return budget.hasLeft;
  };
  expect([left('small', 10_000_000), left('large', 10_000_000), left('large', 100_000_000)]).toEqual([
    true,
    false,
    true,
  ]);
});
