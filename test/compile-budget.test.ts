import { expect, test } from 'vitest';
import { CompileBudget } from '../src/compile-budget.ts';

test('some is translated at once', () => {
  const budget = new CompileBudget(() => 0, 1);
  expect(budget.hasLeft).toBe(true);
  budget.spend(3500);
  expect(budget.hasLeft).toBe(false);
});

test('what was translated is missing until enough has been executed', () => {
  let executed = 0;
  const budget = new CompileBudget(() => executed, 2);
  budget.spend(5000);
  executed = 220_000_000;
  expect(budget.hasLeft).toBe(false);
  executed = 240_000_000;
  expect(budget.hasLeft).toBe(true);
});
