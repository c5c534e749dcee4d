// Both checkers agree on a change of each column of each chip.

import { describe, it } from 'vitest';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import { PRECOMPILE_CHIPS } from '../../codegen/chips/sp1/precompiles/index.ts';
import { enrichersOf } from '../../src/machine/sp1/records/enrich/index.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { expectSameCounts, expectSameFaults } from './fast-checker.ts';
import { honestEvents } from './honest.ts';
import { eventsOf, readEvents } from './precompile-calls.ts';
import { randomCalls } from './random-calls.ts';
import { callsOfRun } from './run-calls.ts';

const real = callsOfRun('precompiles');
const random = randomCalls(7, 2);

describe('both checkers agree', () => {
  it.each(CORE_CHIPS.map(chip => [chip.name, chip] as const))('on every column of %s', (_, chip) => {
    const honest = honestEvents(chip, 9, 5).map(event => evaluateRow(chip, event).cells);
    expectSameFaults(chip, honest, 1);
  });

  it.each(PRECOMPILE_CHIPS.map(chip => [chip.name, chip] as const))('on columns of %s', (name, chip) => {
    const calls = name.startsWith('Secp256k1') ? real : random;
    const own = calls.filter(({ code }) => enrichersOf(code).some(one => one.chip === chip)).slice(0, 1);
    const events = own.flatMap(call => readEvents(chip, eventsOf(chip, call)));
    const honest = events.slice(0, 5).map(event => evaluateRow(chip, event).cells);
    // The slow one takes up to 0.1 s a row.
    expectSameFaults(chip, honest, Math.ceil(chip.columns.length / 30));
    expectSameCounts(chip, honest);
  });
});
