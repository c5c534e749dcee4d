import { expect, test } from 'vitest';
import { CompileBudget } from '../src/compile-budget.ts';

test('some is translated at once', () => {
  const budget = new CompileBudget(() => 0, 1);
  expect(budget.allows(100)).toBe(true);
  budget.spend(3500);
  expect(budget.allows(100)).toBe(false);
});

test('what was translated is missing until enough has been executed', () => {
  let executed = 0;
  const budget = new CompileBudget(() => executed, 2);
  budget.spend(5000);
  executed = 35_000_000;
  expect(budget.allows(100)).toBe(false);
  executed = 40_000_000;
  expect(budget.allows(100)).toBe(true);
});

test('a long function waits until all of it may be translated', () => {
  let executed = 0;
  const budget = new CompileBudget(() => executed, 1);
  expect([budget.allows(3500), budget.allows(1000)]).toEqual([false, true]);
  executed = 10_000_000;
  expect(budget.allows(3500)).toBe(false);
  executed = 11_000_000;
  expect(budget.allows(3500)).toBe(true);
});
