// The fast checker finds the rows that the slow one finds, and adds up what the slow one counts and sends.

import { describe, expect, it } from 'vitest';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { expectSameCounts, expectSameFaults, findsWhatIsNoElement } from './fast-checker.ts';
import { honestEvents } from './honest.ts';

describe.each(CORE_CHIPS.map(chip => [chip.name, chip] as const))('what is said of %s', (_, chip) => {
  const honest = honestEvents(chip, 5, 3).map(event => evaluateRow(chip, event).cells);

  it('is broken on the same rows, four at once and one by one; the same is counted and sent', () => {
    // All columns of all chips: constraints.slow.test.ts.
    expectSameFaults(chip, honest, Math.ceil(chip.columns.length / 9));
    expectSameCounts(chip, honest);
  });
});

it('a cell that is no element of the field is found, in every column', () => {
  const chip = CORE_CHIPS.find(({ name }) => name === 'Add')!;
  const [honest] = honestEvents(chip, 1, 3).map(event => evaluateRow(chip, event).cells);
  expect(findsWhatIsNoElement(chip, honest!)).toBe(true);
});
