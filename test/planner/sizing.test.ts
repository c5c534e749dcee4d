// Caps, packing and memory formulas: vectors that were made by upstream's source (ix:crates/kernel/src/shard.rs).

import { describe, expect, it } from 'vitest';
import { COST_MODELS, costCapForRam, costsOf, makespan, ramOf, secondsOf } from '../../src/planner/batch/costs.ts';
import { pack } from '../../src/planner/batch/pack.ts';
import { partition } from '../../src/planner/batch/partition.ts';
import { type BatchProfile, hypergraphOf } from '../../src/planner/batch/profile.ts';
import { shardBlocks, shardCosts } from '../../src/planner/batch/shards.ts';
import { growToCap, smallestWithinCap } from '../../src/planner/batch/size.ts';
import { balancedTree } from '../../src/planner/fold/tree.ts';
import { profileOf, randomProfile } from './lcg.ts';

const searchIn = (profile: BatchProfile, cap: number) => {
  const costs = Float64Array.from(profile.blocks, ({ heartbeats }) => Number(heartbeats));
  return { graph: hypergraphOf(profile, costs), cap, epsilon: 0.05 };
};

const ring = (first: number): (readonly [number, number])[] =>
  [0, 1, 2, 3].map(i => [first + i, first + ((i + 1) % 4)] as const);
const rings = profileOf(Array(16).fill({ heartbeats: 100n, size: 500 }), [1, 5, 9, 13].flatMap(ring));
const giant = profileOf(
  [{ heartbeats: 30000n, size: 100 }, ...Array(64).fill({ heartbeats: 1000n, size: 100 })],
  Array.from({ length: 63 }, (_, i) => [i + 2, i + 3] as const),
);

describe("upstream's growth loop", () => {
  const grown = (profile: BatchProfile, cap: number): string => {
    const { shards, largestShard, isInfeasible } = growToCap(searchIn(profile, cap));
    return `${shards}/${largestShard}${isInfeasible ? ' infeasible' : ''}`;
  };

  it('over four rings', () => {
    const caps = [1600, 800, 500, 400, 399, 250, 150, 100, 99];
    const expected = ['1/1600', '2/800', '5/400', '4/400', '8/200', '10/200', '16/100', '16/100', '16/100 infeasible'];
    expect(caps.map(cap => grown(rings, cap))).toEqual(expected);
  });

  it('over a giant block', () => {
    const found = [94000, 47000, 33000, 30000, 29999, 10000].map(cap => grown(giant, cap).replace(/\/\d+/, ''));
    expect(found).toEqual(['1', '2', '5', '5', '5 infeasible', '9 infeasible']);
  });

  it('over random blocks', () => {
    const two = randomProfile(2, 40, 80);
    expect([3062, 1531, 680, 300].map(cap => grown(two, cap))).toEqual(['3/2781', '5/1512', '15/589', '38/292']);
    const seven = randomProfile(7, 600, 1500);
    expect([45610, 22805, 10135, 300].map(cap => growToCap(searchIn(seven, cap)).shards)).toEqual([3, 6, 15, 600]);
  });
});

describe('the fewest parts within a cap', () => {
  it('are four where the loop has five', () => {
    const { shards, largestShard } = smallestWithinCap(searchIn(rings, 500));
    expect([shards, largestShard]).toEqual([4, 400]);
  });

  it('are such that no smaller number of parts is within it', () => {
    const profile = randomProfile(2, 40, 80);
    for (const cap of [3062, 1531, 680, 300]) {
      const search = searchIn(profile, cap);
      const { shards, largestShard } = smallestWithinCap(search);
      expect(largestShard).toBeLessThanOrEqual(cap);
      expect(shards).toBeLessThanOrEqual(growToCap(search).shards);
      for (let fewer = 1; fewer < shards; fewer++)
        expect(Math.max(...shardCosts(partition(search.graph, fewer), search.graph.weights))).toBeGreaterThan(cap);
    }
  });

  it('hold the largest block where that is over it', () => {
    const { isInfeasible, largestShard } = smallestWithinCap(searchIn(giant, 10000));
    expect([isInfeasible, largestShard]).toEqual([true, 30000]);
  });
});

const packed = (profile: BatchProfile, cap: number) => {
  const model = COST_MODELS.C;
  const costs = costsOf(profile, model);
  return { costs, ...pack(profile, costs, { cap, floor: model.floor, foreignByte: model.foreignByte, epsilon: 0.05 }) };
};

describe('packing along the order of the cut', () => {
  const chain = profileOf(
    Array(40).fill({ counters: { subst: 1000n } }),
    Array.from({ length: 39 }, (_, i) => [i + 1, i + 2] as const),
    2,
  );

  it.each([
    [1.3e9, 8, 1_276_600_000, false],
    [1.1e9, 10, 1_080_000_000, false],
    [5e8, 40, 490_200_000, false],
    [490_200_000, 40, 490_200_000, false],
    [490_199_999, 40, 490_200_000, true],
    [9e9, 1, 8_157_600_000, false],
  ])('of 40 blocks to %d gives %d shards', (cap, shards, most, isInfeasible) => {
    const made = packed(chain, cap);
    expect([made.shards, Math.max(...made.predicted), made.isInfeasible]).toEqual([shards, most, isInfeasible]);
    expect(made.tree).toEqual(balancedTree(0, shards));
  });

  it('closes a shard only where the next block would be over the cap, and counts bytes as from the sets', () => {
    for (const seed of [1, 5, 9]) {
      const plain = randomProfile(seed, 60, 240);
      const blocks = plain.blocks.map(block => ({
        ...block,
        counters: { subst: 5n * block.heartbeats, whnf: 0n, defEq: 0n, natArith: 0n, intern: block.heartbeats },
      }));
      const profile: BatchProfile = { ...plain, version: 2, blocks };
      for (const cap of [1e9, 3e9]) {
        const made = packed(profile, cap);
        const { floor, foreignByte } = COST_MODELS.C;
        const predicted = shardBlocks(profile, made).map(
          ({ members, foreignBytes }) =>
            floor + members.reduce((all, id) => all + made.costs[id]!, 0) + foreignByte * foreignBytes,
        );
        expect([...made.predicted]).toEqual(predicted);
        expect(made.isInfeasible || Math.max(...predicted) <= cap).toBe(true);
        expect(shardBlocks(profile, made).reduce((all, { foreignBytes }) => all + foreignBytes, 0)).toBe(
          made.crossIngress,
        );
      }
    }
  });
});

describe('memory and time of shards', () => {
  it.each([
    [40, 0],
    [57.69, 0],
    [57.7, 187_500],
    [64, 153_750_000],
    [128, 1_713_750_000],
    [250, 4_687_500_000],
    [256, 4_833_750_000],
    [512, 11_073_750_000],
  ])('of %d GiB, generation A', (gib, cap) => {
    expect(costCapForRam(COST_MODELS.A, gib)).toBe(cap);
  });

  it.each([
    [40, 2_108_963_093],
    [64, 49_912_126_537],
    [128, 177_387_229_056],
    [256, 432_337_434_094],
  ])('of %d GiB, generation C', (gib, cap) => {
    expect(costCapForRam(COST_MODELS.C, gib)).toBe(cap);
  });

  it('as formulas say', () => {
    const { seconds, usable, headRoom } = COST_MODELS.C;
    expect(ramOf(COST_MODELS.C, 170e9)).toBeCloseTo(81.465, 9);
    expect(secondsOf(seconds!, 100e9)).toBe(254);
    const { total, wall } = makespan(
      [100e9, 50e9, 50e9].map(cost => secondsOf(seconds!, cost)),
      2,
    );
    expect([total, wall]).toEqual([537, 268.5]);
    for (let gib = 20; gib < 300; gib += 7) {
      const cap = costCapForRam(COST_MODELS.C, gib);
      expect(cap).toBeLessThanOrEqual(costCapForRam(COST_MODELS.C, gib + 7));
      if (cap > 0) expect(ramOf(COST_MODELS.C, cap * headRoom)).toBeLessThanOrEqual(usable * gib + 1e-9);
    }
  });
});
