// Emitted regions of a walk say what the interpreting walk says: shards, rows, and every byte of every event.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IS_DEEP } from '../../depth.ts';
import type { Line } from '../../engines/assembler.ts';
import { sp1Program } from '../../engines/small-program.ts';
import { SHARD_RUNS } from './shard-runs.ts';
import { LEAST_HEIGHT, walkBuilt, walkGenerated, walkShared, walkTwice } from './walk-runs.ts';

/** The others are in emitted-walks.slow.test.ts. */
const QUICK = ['echo', 'bcinterp-0', 'edge', 'precompiles-chunks'];

describe('emitted regions and the interpreting walk', () => {
  test.each(QUICK)('make the same shards and records of %s', name => {
    const run = SHARD_RUNS.find(one => one.name === name)!;
    walkTwice(run, run.heightThreshold);
  });

  test('agree wherever a shard ends', () => {
    const run = SHARD_RUNS.find(({ name }) => name === 'bcinterp-0')!;
    const property = fc.property(fc.integer({ min: 150, max: 2000 }), rows => {
      expect(walkTwice(run, LEAST_HEIGHT + rows)).toBeGreaterThan(3);
    });
    fc.assert(property, { numRuns: IS_DEEP ? 3 : 1, endOnFailure: true });
  });

  test('of another thread are taken as they are: none is compiled twice', () => {
    const [first, second] = walkShared(SHARD_RUNS.find(({ name }) => name === 'edge')!);
    expect(new Set(first!.map(({ kind }) => kind))).toEqual(new Set(['interpreter', 'regions']));
    expect(second).toEqual([]);
  });

  test('refuse a chunk whose last instruction returns to where the program has nothing', () => {
    const loop = { address: 0 };
    const lines: readonly Line[] = [
      { mnemonic: 'addi', rd: 5, rs1: 0, imm: 1000 },
      { label: loop },
      { mnemonic: 'addi', rd: 5, rs1: 5, imm: -1 },
      { mnemonic: 'bne', rs1: 5, rs2: 0, to: loop },
      { mnemonic: 'jalr', rd: 0, rs1: 1, imm: 0 },
    ];
    expect(walkBuilt(sp1Program(lines), 100)).toBe(0);
  });

  test('agree on generated programs', () => {
    expect(walkGenerated(IS_DEEP ? 4 : 2)).toBeGreaterThan(0);
  });
});
