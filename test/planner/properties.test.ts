// What must hold of partitions, packings and folds whatever they are of.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COST_MODELS, costsOf } from '../../src/planner/batch/costs.ts';
import { connectivity } from '../../src/planner/batch/hypergraph.ts';
import { type PackPrices, pack } from '../../src/planner/batch/pack.ts';
import { partition } from '../../src/planner/batch/partition.ts';
import { type BatchProfile, hypergraphOf } from '../../src/planner/batch/profile.ts';
import { cutOf, refine } from '../../src/planner/batch/refine.ts';
import { shardBlocks, shardCosts } from '../../src/planner/batch/shards.ts';
import { claimOf, dischargeClaims } from '../../src/planner/fold/claim.ts';
import { aggPlan } from '../../src/planner/fold/fold-plan.ts';
import { ItemSet } from '../../src/planner/fold/item-set.ts';
import { canonicalRoot } from '../../src/planner/fold/root.ts';
import { balancedTree } from '../../src/planner/fold/tree.ts';
import { lcg, randomProfile } from './lcg.ts';

const RUNS = { numRuns: 25 };
const profiles = fc
  .record({ seed: fc.nat(1000), blocks: fc.integer({ min: 2, max: 60 }), edges: fc.integer({ min: 1, max: 4 }) })
  .map(({ seed, blocks, edges }) => randomProfile(seed, blocks, edges * blocks));
const graphOf = (profile: BatchProfile): ReturnType<typeof hypergraphOf> =>
  hypergraphOf(profile, costsOf(profile, COST_MODELS.A));

describe('a profile of a batch', () => {
  it('has as many producers as edges, and none that is its own consumer', () => {
    fc.assert(
      fc.property(profiles, ({ blocks, producerStarts, producers }) => {
        expect([producerStarts[0], producerStarts[blocks.length]]).toEqual([0, producers.length]);
        for (const [id] of blocks.entries()) {
          const own = producers.slice(producerStarts[id]!, producerStarts[id + 1]!);
          expect([...new Set(own)].sort((a, b) => a - b)).toEqual([...own]);
          expect(own.includes(id)).toBe(false);
        }
      }),
      RUNS,
    );
  });
});

describe('a partition', () => {
  it('in one part crosses nothing, in as many as blocks all that is used', () => {
    fc.assert(
      fc.property(profiles, profile => {
        const graph = graphOf(profile);
        expect(partition(graph, 1).crossIngress).toBe(0);
        let all = 0;
        for (let net = 0; net < graph.nets; net++)
          all += graph.netWeights[net]! * (graph.pinStarts[net + 1]! - graph.pinStarts[net]! - 1);
        expect(partition(graph, graph.vertices).crossIngress).toBe(all);
      }),
      RUNS,
    );
  });

  it('has a part no smaller than the largest block, or than an even share', () => {
    fc.assert(
      fc.property(profiles, fc.integer({ min: 1, max: 9 }), (profile, wanted) => {
        const graph = graphOf(profile);
        const made = partition(graph, wanted);
        const total = graph.weights.reduce((sum, weight) => sum + weight, 0);
        const largest = Math.max(...shardCosts(made, graph.weights));
        expect(largest).toBeGreaterThanOrEqual(Math.max(...graph.weights));
        expect(largest).toBeGreaterThanOrEqual(Math.ceil(total / made.shards));
      }),
      RUNS,
    );
  });

  it('never crosses more where two parts become one', () => {
    fc.assert(
      fc.property(profiles, fc.integer({ min: 2, max: 7 }), fc.nat(99), fc.nat(99), (profile, wanted, a, b) => {
        const graph = graphOf(profile);
        const { shards, assignment, crossIngress } = partition(graph, wanted);
        const [from, to] = [a % shards, b % shards];
        const merged = assignment.map(part => (part === from ? to : part));
        expect(connectivity(graph, merged, shards)).toBeLessThanOrEqual(crossIngress);
      }),
      RUNS,
    );
  });

  it('is never refined to a larger cut', () => {
    fc.assert(
      fc.property(profiles, fc.nat(1000), fc.integer({ min: 1, max: 10 }), (profile, seed, passes) => {
        const graph = graphOf(profile);
        const draw = lcg(seed);
        const sides = Uint8Array.from({ length: graph.vertices }, () => draw() % 2);
        const before = cutOf(graph, sides);
        const total = graph.weights.reduce((sum, weight) => sum + weight, 0);
        refine(graph, sides, { least: Math.floor(0.4 * total), most: Math.ceil(0.6 * total) }, passes);
        expect(cutOf(graph, sides)).toBeLessThanOrEqual(before);
      }),
      RUNS,
    );
  });
});

describe('a packing', () => {
  const { floor } = COST_MODELS.C;
  const options = (cap: number): PackPrices => ({ cap, floor, foreignByte: 73_200, epsilon: 0.05 });

  it('is one shard under any cap that is large enough', () => {
    fc.assert(
      fc.property(profiles, profile => {
        const costs = Float64Array.from(profile.blocks, ({ heartbeats }) => 1e6 * Number(heartbeats));
        expect(pack(profile, costs, options(1e15)).shards).toBe(1);
      }),
      RUNS,
    );
  });

  it('has no shard that could have taken the next block too, and says where a block alone is over the cap', () => {
    fc.assert(
      fc.property(profiles, fc.integer({ min: 300, max: 2000 }), (profile, millions) => {
        const costs = Float64Array.from(profile.blocks, ({ heartbeats }) => 1e6 * Number(heartbeats));
        const cap = 1e6 * millions;
        const made = pack(profile, costs, options(cap));
        const blocks = shardBlocks(profile, made);
        const producersOf = (id: number): Uint32Array =>
          profile.producers.subarray(profile.producerStarts[id]!, profile.producerStarts[id + 1]!);
        const isOver = blocks.map(({ members }) => members.length === 1);
        for (const [i, predicted] of made.predicted.entries()) if (predicted > cap) expect(isOver[i]).toBe(true);
        if (!made.isInfeasible) expect(Math.max(...made.predicted)).toBeLessThanOrEqual(cap);
        // Any block of the shard behind, all its producers loaded, is one too many, or the first of them was.
        for (let i = 0; i + 1 < blocks.length; i++) {
          const fits = blocks[i + 1]!.members.map(id => {
            const members = new Set([...blocks[i]!.members, id]);
            const foreign = new Set([...members].flatMap(own => [...producersOf(own)]));
            for (const own of members) foreign.delete(own);
            const bytes = [...foreign].reduce((sum, producer) => sum + profile.blocks[producer]!.size, 0);
            return floor + [...members].reduce((sum, own) => sum + costs[own]!, 0) + 73_200 * bytes <= cap;
          });
          expect(fits.every(Boolean)).toBe(false);
        }
      }),
      RUNS,
    );
  });
});

describe('a plan of folds', () => {
  it('has children in the order of the run', () => {
    for (const [shards, arity] of [
      [17, 3],
      [64, 4],
      [100, 16],
    ] as const) {
      for (const strategy of ['optimal', 'upstream'] as const) {
        const first: number[] = [];
        for (const op of aggPlan(balancedTree(0, shards), arity, strategy)) {
          if (op.kind === 'leaf') first.push(op.shard);
          else {
            const leaves = op.children.map(child => first[child]!);
            expect([...leaves].sort((a, b) => a - b)).toEqual(leaves);
            first.push(leaves[0]!);
          }
        }
      }
    }
  });
});

const itemsOf = (numbers: readonly number[]): Uint8Array =>
  Uint8Array.from(numbers.flatMap(number => Array<number>(32).fill(number)));

describe('a root', () => {
  it('is of the set, whatever the order, however often its items are there, and of no other', () => {
    const numbers = fc.array(fc.nat(12), { maxLength: 12 });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const root = (given: readonly number[]): string => String(canonicalRoot(ItemSet.of(itemsOf(given)), 'sha256'));
        expect(root([...a, ...a.toReversed()])).toBe(root(a));
        const isSame = String([...new Set(a)].sort()) === String([...new Set(b)].sort());
        expect(root(a) === root(b)).toBe(isSame);
      }),
      RUNS,
    );
  });
});

describe('folded claims', () => {
  it('assume nothing that they vouch for, what is neither is left, and any changed byte is refused', () => {
    const numbers = fc.array(fc.nat(9), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 4 }), fc.nat(31), (sets, byte) => {
        const claims = sets.map(([subjects, assumptions]) =>
          claimOf(ItemSet.of(itemsOf(subjects)), ItemSet.of(itemsOf(assumptions)), 'sha256'),
        );
        const folded = dischargeClaims(claims, 'sha256');
        expect(folded.subjects.intersection(folded.assumptions).size).toBe(0);
        const subjects = ItemSet.of(itemsOf(sets.flatMap(([own]) => own)));
        const assumed = ItemSet.of(itemsOf(sets.flatMap(([, own]) => own)));
        expect(folded.assumptions.equals(assumed.without(subjects))).toBe(true);
        expect(dischargeClaims([folded, ...claims], 'sha256')).toEqual(folded);
        const [first, ...others] = claims as [(typeof claims)[0], ...typeof claims];
        const changed = first.subjects.bytes.slice();
        changed[byte]! ^= 1;
        expect(() => dischargeClaims([{ ...first, subjects: ItemSet.of(changed) }, ...others], 'sha256')).toThrow(
          'fold: expected subjects of root',
        );
      }),
      RUNS,
    );
  });
});
