// The AIRs of OpenVM say what upstream's key says: the same columns, and as polynomials the same constraints and messages.
// At random points two different polynomials of so small a degree agree with a chance of about 2^-29.

import { describe, expect, it } from 'vitest';
import { type CheckedRow, polyEvaluator } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { BUS_INDEX } from '../../codegen/chips/openvm/buses.ts';
import { OPENVM_CHIPS } from '../../codegen/chips/openvm/index.ts';
import { babyBear } from '../../runtime/fields/baby-bear.ts';
import { type KeyMessage, ofKey, type Selectors, UPSTREAM_AIRS } from './openvm-key.ts';

function ofDescription(chip: Chip, row: CheckedRow, selectors: Selectors): ReturnType<typeof ofKey> {
  const evaluate = polyEvaluator(chip, row);
  const where = { every: 1, first: selectors.first, last: selectors.last, transition: selectors.trans };
  return {
    constraints: chip.constraints.map(({ poly, rows }) => babyBear.mul(where[rows], evaluate(poly))),
    messages: chip.interactions.map(({ bus, isSend, multiplicity, message }): KeyMessage => {
      const times = evaluate(multiplicity);
      const count = isSend ? times : babyBear.sub(0, times);
      return { bus: BUS_INDEX[bus.name]!, count, message: message.map(evaluate) };
    }),
  };
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

function randomElements(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % babyBear.modulus;
  };
}

it('are all, in the order of the key', () => {
  expect(OPENVM_CHIPS.map(({ name }) => name)).toEqual(UPSTREAM_AIRS.map(({ name }) => name));
});

describe.each(OPENVM_CHIPS.map((chip, id) => [chip.name, chip, UPSTREAM_AIRS[id]!] as const))('%s', (_, chip, air) => {
  it('has the columns of upstream', () => {
    expect(chip.fixed).toBe(air.fixed.length);
    expect(chip.columns.slice(chip.fixed).map(({ name }) => name)).toEqual(air.columns);
  });

  it('has the constraints and messages of the key, at random points', () => {
    const element = randomElements(chip.columns.length);
    for (let i = 0; i < 2; i++) {
      const cells = chip.columns.map(element);
      const next = chip.columns.map(element);
      const row = { cells, next, publicValues: Array.from({ length: 16 }, element) };
      const selectors = { first: element(), last: element(), trans: element() };
      const [key, ours] = [ofKey(chip, row, selectors), ofDescription(chip, row, selectors)];
      expect(ours.messages).toEqual(key.messages);
      expect(ascending(ours.constraints)).toEqual(ascending(key.constraints));
    }
  });
});
