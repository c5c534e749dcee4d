// One precompile's calls in two shards, which no recorded run has: more calls than the thresholds allow for a shard.

import { expect, test } from 'vitest';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { failureLine } from '../../../src/tracegen/failures.ts';
import { checkShards } from '../../../src/verbs/check-shards.ts';
import { traceShards } from '../../../src/verbs/trace-shards.ts';
import { buildElf } from '../../codegen/elf/elf-builder.ts';
import { assemble, type Label } from '../../engines/assembler.ts';
import { CALLS, call, halt, i, li, TEXT } from './user-programs.ts';

const [T1, STATE, COUNT] = [6, TEXT + 0x8000, 45] as const;

/** Permutes a state as often as COUNT says. */
function keccakElf(): Uint8Array {
  const again: Label = { address: 0 };
  const bytes = assemble('rv64im', TEXT, [
    ...li(T1, COUNT),
    { label: again },
    ...call(CALLS.KECCAK_PERMUTE, STATE, 0),
    i('addi', { rd: T1, rs1: T1, imm: -1 }),
    i('bne', { rs1: T1, rs2: 0, to: again }),
    ...halt(0),
  ]);
  return buildElf({ xlen: 64, entry: TEXT, segments: [{ address: TEXT, bytes, flags: 5 }] });
}

interface Kept {
  readonly index: number;
  readonly kind: string;
  readonly calls: number;
  readonly publicValues: readonly number[];
  readonly columns: readonly Columns[];
}

function* kept(columns: Iterable<Columns>): Generator<Columns> {
  for (const one of columns) yield { ...one, data: one.data.slice() };
}

test('the calls of one precompile may be in two shards: both balance, and all shards add up to nothing', async () => {
  const elf = keccakElf();
  const shards: Kept[] = [];
  await traceShards(elf, {
    machine: 'sp1',
    // The least that SP1 can trace this program with: 32 permutations a shard.
    elementThreshold: 32 * 76_795 + 32 * 17 + 1_245_184,
    workers: 0,
    onShard: ({ index, kind, calls, publicValues, columns }) =>
      void shards.push({
        index,
        kind,
        calls: calls?.length ?? 0,
        publicValues: [...publicValues],
        columns: [...kept(columns)],
      }),
  });
  expect(shards.map(({ kind, calls }) => [kind, calls])).toEqual([
    ['core', 0],
    ['precompile', 32],
    ['precompile', 13],
    ['memory', 0],
  ]);
  const checks = checkShards(elf, { machine: 'sp1' });
  for (const shard of shards) expect(checks.add(shard).map(failureLine)).toEqual([]);
  expect(checks.finish(true)).toMatchObject({ failureCount: 0, shards: 4, isWhole: true });
  // The state goes from one shard to the other: without it, nothing adds up.
  const torn = checkShards(elf, { machine: 'sp1' });
  for (const shard of [shards[0]!, shards[2]!, { ...shards[2]!, index: 2 }, shards[3]!])
    torn.add({ ...shard, index: shard === shards[2] ? 1 : shard.index });
  const { failures } = torn.finish(true);
  expect(failures.map(({ rule }) => rule)).toEqual([expect.stringContaining('adds up to nothing')]);
});
