// Generated programs end on every engine as the evaluator says: exit, count, registers, memory.
// FUZZ_SECONDS, FUZZ_SEED and FUZZ_ENGINE are set by `npm run fuzz`.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { differences, makeExecutor } from './compare.ts';
import { ENGINES } from './engines.ts';
import { runOracle } from './oracle.ts';
import { type Built, build, plans } from './random-program.ts';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);
const engines = ENGINES.filter(engine => (process.env.FUZZ_ENGINE ?? engine) === engine);
const SETS: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];

interface Size {
  readonly what: string;
  readonly repeats: number;
  readonly budget: number;
  readonly hot: number;
  readonly runs: number;
}

/** Compiled code runs only while more instructions are granted than its slack of 4096. */
const SIZES: readonly Size[] = [
  { what: 'short programs', repeats: 4, budget: 12_000, hot: 1, runs: 60 },
  { what: 'longer programs', repeats: 2000, budget: 36_000, hot: 10, runs: 8 },
];

function tryBuild(plan: Parameters<typeof build>[0]): Built | undefined {
  try {
    return build(plan);
  } catch (error) {
    // A branch or a constant out of reach.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

describe.each(SETS)('programs of %s', name => {
  it.each(SIZES)('end on every engine as the oracle says: $what', { timeout: 60_000 + 1500 * SECONDS }, size => {
    const { repeats, budget, hot, runs } = size;
    const property = fc.property(plans(name, repeats), fc.nat(budget), fc.boolean(), (plan, cut, early) => {
      const built = tryBuild(plan);
      fc.pre(built !== undefined);
      const limit = early ? 4096 + cut : budget;
      const oracle = runOracle(built.setup, built.text, limit);
      for (const engine of engines) {
        const executor = makeExecutor(built, { engine, budget: limit, hot });
        const found = differences(built, executor, oracle);
        expect(found.length === 0 ? '' : [`on ${engine}, budget ${limit}`, ...found].join('\n')).toBe('');
      }
    });
    fc.assert(property, {
      numRuns: SECONDS > 0 ? Number.MAX_SAFE_INTEGER : runs,
      ...(SECONDS > 0 ? { interruptAfterTimeLimit: (SECONDS * 1000) / (SETS.length * SIZES.length) } : {}),
      ...(SEED === undefined ? {} : { seed: SEED }),
    });
  });
});
