// `jit-exec plan` of a batch's profile and of its manifest.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeBatchProfile } from '../../src/planner/batch/profile-file.ts';
import { fnv1a, profileOf } from '../planner/lcg.ts';
import { jitExec, scratch } from './command.ts';

const write = scratch();
const edges = [
  [1, 2],
  [2, 3],
  [3, 1],
  [4, 5],
  [5, 6],
  [6, 4],
  [3, 4],
] as const;
const clusters = write(
  'clusters.ixprof',
  writeBatchProfile(profileOf(Array(6).fill({ heartbeats: 100n, size: 1000, constants: 1 }), edges)),
);
const chain = write(
  'chain.ixprof',
  writeBatchProfile(
    profileOf(
      Array(40).fill({ counters: { subst: 1000n } }),
      Array.from({ length: 39 }, (_, i) => [i + 1, i + 2] as const),
      2,
    ),
  ),
);

describe('plan of a batch', () => {
  it('into so many shards is that of the vectors', () => {
    const { status, stdout, stderr } = jitExec(['plan', clusters, '--shards', '3', '--epsilon', '0.1', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      assignment: [0, 0, 1, 2, 2, 2],
      crossIngress: 3000,
      tree: [[0, 1], 2],
      profile: { version: 1, blocks: 6 },
      fold: [
        { kind: 'leaf', shard: 0 },
        { kind: 'leaf', shard: 1 },
        { kind: 'leaf', shard: 2 },
        { kind: 'fold', children: [0, 1, 2] },
      ],
    });
  });

  it("writes upstream's manifest, and says what one holds", () => {
    const path = `${clusters}.ixes`;
    const made = jitExec(['plan', clusters, '--shards', '2', '--epsilon', '0.1', '-o', path]);
    expect(made.stdout).toContain('2 shards load 1000 bytes of others; 1 folds');
    expect(fnv1a(readFileSync(path))).toBe('8fcd950d');
    const { shards, tree } = JSON.parse(jitExec(['plan', path, '--json']).stdout);
    expect([shards.length, tree, shards[0].foreign]).toEqual([2, [0, 1], 1]);
  });

  it('packs to a cap, or says that a block is over it', () => {
    const packed = JSON.parse(jitExec(['plan', chain, '--cap', '1300000000', '--json']).stdout);
    expect([packed.model, packed.partition, packed.shards.length]).toEqual(['C', 'pack', 8]);
    const { status, stderr } = jitExec(['plan', chain, '--cap', '490199999']);
    expect(status).toBe(77);
    expect(stderr).toContain('a single block is over the cap of 490199999 cost');
  });

  it.each<[string, string[], number, string]>([
    ['memory below the base', [clusters, '--ram', '40G'], 77, 'a shard needs more than 45 GiB before its first cycles'],
    ['no memory', [chain, '--ram', '0'], 77, 'of 0 GiB 0.0 may be planned with'],
    ['a cap of nothing', [chain, '--cap', '0'], 77, 'a cap of 0'],
    ['no shards', [chain, '--shards', '0'], 64, 'shards: expected a whole number from 1, got 0'],
    ['half an epsilon', [chain, '--shards', '2', '--epsilon', '0.5'], 64, '--epsilon: expected a number'],
    ['counters that are not there', [clusters, '--model', 'C', '--shards', '2'], 65, 'needs version 2'],
    ['what is no profile', [write('none', 'none')], 65, 'expected a batch profile'],
    ['a plan that cannot be written', [clusters, '--shards', '2', '-o', '/nowhere/plan'], 74, 'cannot write'],
  ])('refuses %s', (_, args, expected, text) => {
    const { status, stderr } = jitExec(['plan', ...args]);
    expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringContaining(text) });
  });
});
