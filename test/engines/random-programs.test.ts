// Generated programs end on every engine, pure, traced and metered, as the evaluator says: exit, count, registers, memory, chunks.
// FUZZ_SECONDS, FUZZ_SEED and FUZZ_ENGINE are set by `npm run fuzz`.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IsaName } from '../../codegen/isa/index.ts';
import { IS_DEEP } from '../depth.ts';
import { differences, prepare, replayDifferences } from './compare.ts';
import { METERED, MODES, type Mode, ROWS } from './engines.ts';
import { runOracle } from './oracle.ts';
import { type Plan, plans } from './random-plan.ts';
import { build } from './random-program.ts';
import type { Setup } from './test-machine.ts';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);
const rows = ROWS.filter(({ name }) => (process.env.FUZZ_ENGINE ?? name) === name);

interface Kind {
  readonly machine: Setup['machine'];
  readonly isa: IsaName;
}

const KINDS: readonly Kind[] = [
  { machine: 'test', isa: 'rv32im' },
  { machine: 'test', isa: 'rv32imc' },
  { machine: 'test', isa: 'rv64im' },
  { machine: 'test', isa: 'rv64imc' },
  { machine: 'sp1', isa: 'rv64im' },
];

interface Size {
  readonly what: string;
  readonly repeats: number;
  readonly budget: number;
  readonly hot: number;
  readonly runs: number;
}

/** Compiled code runs only while more instructions are granted than its slack of 4096. */
const SIZES: readonly Size[] = [
  { what: 'short programs', repeats: 30, budget: 12_000, hot: 1, runs: IS_DEEP ? 25 : 3 },
  { what: 'longer programs', repeats: 2000, budget: 36_000, hot: 10, runs: IS_DEEP ? 15 : 2 },
];

/** Entries of a chunk: the interpreter writes those below the slack, compiled code others, and both some chunk's end. */
const threshold = fc.oneof(
  fc.constantFrom(1, 2, 3, 7, 50, 500, 4096, 4097, 2 ** 20),
  fc.integer({ min: 4097, max: 9000 }),
);

/** Undefined where a branch or a constant is out of reach, or a system call too large. */
function unlessOutOfRange<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Machines with traces are of RV64IM, refuse misaligned accesses and let text be written. */
const modesOf = ({ isa, alignedOnly, protectsText }: Plan): readonly Mode[] =>
  isa === 'rv64im' && alignedOnly && !protectsText ? MODES : ['pure'];

function check(plan: Plan, budget: number, hot: number, chunkEntries: number): void {
  const built = unlessOutOfRange(() => build(plan));
  fc.pre(built !== undefined);
  const modes = modesOf(plan);
  const isTraced = modes.includes('traced');
  const oracle = unlessOutOfRange(() =>
    runOracle(built.setup, built.text, budget, isTraced ? chunkEntries : undefined),
  );
  fc.pre(oracle !== undefined);
  // One engine counts, where there is time.
  const counting = SECONDS === 0 ? [] : METERED.filter(({ name }) => rows.some(row => row.name === name));
  const counted = counting.slice(budget % Math.max(1, counting.length)).slice(0, 1);
  for (const row of [...rows, ...counted]) {
    const { name, engine, mode } = row;
    if (mode !== 'metered' && !modes.includes(mode)) continue;
    const prepared = prepare(built, {
      engine,
      budget,
      hot: row.hot ?? hot,
      threshold: mode === 'traced' ? chunkEntries : undefined,
      period: mode === 'metered' ? chunkEntries : undefined,
    });
    const found = differences(built, prepared, oracle);
    expect(found.length === 0 ? '' : [`on ${name}, ${mode}, budget ${budget}`, ...found].join('\n')).toBe('');
  }
  if (plan.machine === 'sp1') expect(replayDifferences(built, oracle).join('\n')).toBe('');
}

describe.each(KINDS)('programs of $isa on the machine $machine', ({ machine, isa }) => {
  it.each(SIZES)(
    'end on every engine, in every mode, as the oracle says: $what',
    { timeout: 60_000 + 1500 * SECONDS },
    size => {
      const { repeats, budget, hot, runs } = size;
      const limits = fc.oneof(
        { weight: 4, arbitrary: fc.constant(budget) },
        { weight: 3, arbitrary: fc.integer({ min: 4096, max: budget }) },
        { weight: 1, arbitrary: fc.nat(4096) },
      );
      const property = fc.property(plans(isa, repeats, machine), limits, threshold, (plan, limit, entries) =>
        check(plan, limit, hot, entries),
      );
      fc.assert(property, {
        numRuns: SECONDS > 0 ? Number.MAX_SAFE_INTEGER : runs,
        ...(SECONDS > 0 ? { interruptAfterTimeLimit: (SECONDS * 1000) / (KINDS.length * SIZES.length) } : {}),
        ...(SEED === undefined ? {} : { seed: SEED }),
      });
    },
  );
});
