// Vectors that were made by upstream's partitioner (ix:crates/kernel/src/shard.rs, both generations).

import { describe, expect, it } from 'vitest';
import { partition } from '../../src/planner/batch/partition.ts';
import { type BatchProfile, hypergraphOf } from '../../src/planner/batch/profile.ts';
import { shardBlocks } from '../../src/planner/batch/shards.ts';
import { leavesOf } from '../../src/planner/fold/tree.ts';
import { fnv1a, profileOf, randomProfile } from './lcg.ts';

const heartbeats = ({ blocks }: BatchProfile): Float64Array =>
  Float64Array.from(blocks, block => Number(block.heartbeats));
const cut = (profile: BatchProfile, shards: number, epsilon = 0.05) =>
  partition(hypergraphOf(profile, heartbeats(profile)), shards, epsilon);

const block = { heartbeats: 100n, size: 1000, constants: 1 };
const clusters = profileOf(Array(6).fill(block), [
  [1, 2],
  [2, 3],
  [3, 1],
  [4, 5],
  [5, 6],
  [6, 4],
  [3, 4],
]);

describe('a batch in parts', () => {
  it.each([
    [2, [0, 0, 0, 1, 1, 1], 1000, [0, 1]],
    [3, [0, 0, 1, 2, 2, 2], 3000, [[0, 1], 2]],
    [
      4,
      [0, 0, 1, 2, 2, 3],
      5000,
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      6,
      [0, 1, 2, 3, 4, 5],
      7000,
      [
        [[0, 1], 2],
        [[3, 4], 5],
      ],
    ],
  ])('two clusters in %d', (shards, assignment, crossIngress, tree) => {
    const found = cut(clusters, shards, 0.1);
    expect([...found.assignment]).toEqual(assignment);
    expect(found.crossIngress).toBe(crossIngress);
    expect(found.tree).toEqual(tree);
  });

  it('a giant leaves no part empty', () => {
    const blocks = [{ heartbeats: 30000n, size: 100 }, ...Array(64).fill({ heartbeats: 1000n, size: 100 })];
    const chain = Array.from({ length: 63 }, (_, i) => [i + 2, i + 3] as const);
    const profile = profileOf(blocks, chain);
    const { assignment, crossIngress } = cut(profile, 8, 0.2);
    const sums = Array(8).fill(0);
    for (const [id, shard] of assignment.entries()) sums[shard] += Number(profile.blocks[id]!.heartbeats);
    expect(sums).toEqual([30000, 7000, 7000, 7000, 6000, 10000, 9000, 18000]);
    expect(crossIngress).toBe(600);
  });

  it.each([
    [1, 12, 20, 18, 10, 2142, 231, ['1815 51a02f1f', '4437 591ff392', '4437 ce80fca6', '5845 0a0a7a6d']],
    [2, 40, 80, 77, 34, 6124, 249, ['4164 0bff2522', '6075 fcce289e', '9086 519a5162', '13267 4babd33d']],
    [7, 600, 1500, 1492, 551, 91220, 249, ['113433 a0a94b61', '183065 1391a757', '244580 9dac1a6b', '268538 c6e8f71d']],
  ])('random blocks of seed %d', (seed, count, edges, distinct, nets, total, most, expected) => {
    const profile = randomProfile(seed, count, edges);
    const costs = heartbeats(profile);
    expect(profile.producers.length).toBe(distinct);
    expect(hypergraphOf(profile, costs).nets).toBe(nets);
    expect(costs.reduce((a, b) => a + b, 0)).toBe(total);
    expect(Math.max(...costs)).toBe(most);
    const found = [2, 3, 5, 8].map(shards => {
      const { assignment, crossIngress } = cut(profile, shards);
      return `${crossIngress} ${fnv1a(assignment)}`;
    });
    expect(found).toEqual(expected);
  });
  it('has as many parts as there are blocks where more are asked for', () => {
    expect(cut(clusters, 9).shards).toBe(6);
  });

  it('is whole, without empty parts, and counts what crosses as each shard does', () => {
    for (const [seed, count] of [
      [3, 30],
      [11, 90],
      [12, 300],
    ] as const) {
      const profile = randomProfile(seed, count, 3 * count);
      for (const shards of [1, 2, 7, count]) {
        const made = cut(profile, shards);
        const blocks = shardBlocks(profile, made);
        expect(blocks.every(({ members }) => members.length > 0)).toBe(true);
        expect(blocks.reduce((all, { foreignBytes }) => all + foreignBytes, 0)).toBe(made.crossIngress);
        expect(leavesOf(made.tree)).toEqual(Array.from({ length: shards }, (_, i) => i));
        expect(cut(profile, shards).assignment).toEqual(made.assignment);
      }
    }
  });

  it('refuses no shards, and an epsilon that is none', () => {
    expect(() => cut(clusters, 0)).toThrow('shards: expected a whole number from 1, got 0');
    expect(() => cut(clusters, 2, 0.5)).toThrow('epsilon');
  });
});
