// What becomes of shards where the guest or its user did not do as they should.

import { expect, test } from 'vitest';
import { cost } from '../../../src/verbs/cost.ts';
import { type TracedShard, traceShards } from '../../../src/verbs/trace-shards.ts';
import { buildElf } from '../../codegen/elf/elf-builder.ts';
import { assemble, type Line } from '../../engines/assembler.ts';
import { CALLS, call, halt, i, li, TEXT, userElf } from './user-programs.ts';

const [A2, A3] = [12, 13] as const;
const elfOf = (lines: readonly Line[]): Uint8Array =>
  buildElf({
    xlen: 64,
    entry: TEXT,
    segments: [{ address: TEXT, bytes: assemble('rv64im', TEXT, lines), flags: 5 }],
  });

/** Chunks of 64 entries end shards; an unaligned load is a fault. */
const stores: Line[] = [
  ...li(A2, TEXT + 0x8000),
  ...Array.from({ length: 100 }, (_, n) => i('sd', { rs1: A2, rs2: A3, imm: 8 * n })),
];
const FAULTS = [...stores, i('ld', { rd: A3, rs1: A2, imm: 1 }), ...halt(0)];
const options = { chunkEntries: 64, machine: 'sp1' } as const;

test('a guest that faults in the middle of a shard has the shards before, in columns and in costs', async () => {
  const shards: TracedShard[] = [];
  const onShard = (shard: TracedShard): void => void shards.push({ ...shard, columns: [] });
  const { exit } = await traceShards(elfOf(FAULTS), { ...options, workers: 0, onShard });
  expect(exit).toMatchObject({ kind: 'fault', cause: 'load-misaligned' });
  expect(shards.map(({ index, kind }) => [index, kind])).toEqual([[0, 'core']]);
  const costs = cost(elfOf(FAULTS), options);
  expect(costs.exit.kind).toBe('fault');
  expect(costs.cost.shards.map(({ clkStart, clkEnd }) => [clkStart, clkEnd])).toEqual(
    shards.map(({ clkStart, clkEnd }) => [clkStart, clkEnd]),
  );
  expect(costs.cost.gas).toBeUndefined();
});

test('programs with untrusted code have no shards, and no cost', async () => {
  const elf = userElf([...call(CALLS.MPROTECT, TEXT, 7), ...halt(0)]);
  const refusal = { code: 'ELF_UNSUPPORTED', message: expect.stringContaining('untrusted code') };
  await expect(traceShards(elf, { workers: 0, onShard: () => undefined })).rejects.toMatchObject(refusal);
  expect(() => cost(elf)).toThrow(expect.objectContaining(refusal));
});
