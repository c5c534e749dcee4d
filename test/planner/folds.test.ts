// Fold plans, roots, discharge and covers: vectors of upstream (ix:crates/kernel/src/shard.rs, crates/ixon) and properties.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../runtime/hex.ts';
import { claimOf, dischargeClaims, joinClaims, type OpenClaim } from '../../src/planner/fold/claim.ts';
import { coverAll, coverGreedily, type StoredClaim, type WantedClaims } from '../../src/planner/fold/cover.ts';
import { aggPlan, criticalPath, type FoldOp, foldsOf } from '../../src/planner/fold/fold-plan.ts';
import { ItemSet, NO_ITEMS } from '../../src/planner/fold/item-set.ts';
import { canonicalRoot } from '../../src/planner/fold/root.ts';
import { balancedTree, type FoldTree, leavesOf, prune } from '../../src/planner/fold/tree.ts';
import { lcg, sameBytes } from './lcg.ts';

const shown = (ops: readonly FoldOp[]): string =>
  ops.map(op => (op.kind === 'leaf' ? `L${op.shard}` : `A[${op.children.join(',')}]`)).join(' ');
const L = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `L${from + i}`).join(' ');

function randomTree(leaves: number, draw: () => number): FoldTree {
  let next = 0;
  const grow = (count: number): FoldTree => {
    if (count === 1) return next++;
    const left = 1 + (draw() % (count - 1));
    return [grow(left), grow(count - left)];
  };
  return grow(leaves);
}

describe("upstream's fold plan", () => {
  it.each<[FoldTree, number, string]>([
    [[0, [1, 2]], 2, 'L0 L1 L2 A[1,2] A[0,3]'],
    [[0, [1, 2]], 3, 'L0 L1 L2 A[0,1,2]'],
    [
      [
        [0, 1],
        [2, [3, 4]],
      ],
      3,
      'L0 L1 A[0,1] L2 L3 L4 A[4,5] A[2,3,6]',
    ],
    [
      [
        [0, 1],
        [2, [3, 4]],
      ],
      4,
      'L0 L1 A[0,1] L2 L3 L4 A[2,3,4,5]',
    ],
    [balancedTree(0, 8), 3, 'L0 L1 A[0,1] L2 L3 A[2,3,4] L4 L5 A[6,7] L6 L7 A[9,10] A[5,8,11]'],
    [balancedTree(0, 17), 16, `${L(0, 11)} A[10,11] ${L(12, 16)} A[0,1,2,3,4,5,6,7,8,9,12,13,14,15,16,17]`],
    [[0, [1, [2, [3, [4, [5, [6, 7]]]]]]], 4, `${L(0, 7)} A[6,7] A[3,4,5,8] A[0,1,2,9]`],
  ])('of %j with arity %d', (tree, arity, expected) => {
    expect(shown(aggPlan(tree, arity, 'upstream'))).toBe(expected);
  });
});

describe('the fewest calls', () => {
  it.each([
    [8, [5, 3], [1, 1], [1, 1]],
    [16, [5, 5], [9, 3], [1, 1]],
    [32, [21, 11], [9, 5], [17, 3]],
    [64, [21, 21], [9, 9], [17, 5]],
    [100, [57, 37], [45, 17], [17, 8]],
    [206, [85, 75], [73, 33], [17, 16]],
    [1000, [341, 337], [561, 145], [273, 68]],
  ])('of %d shards, balanced', (shards, four, eight, sixteen) => {
    const tree = balancedTree(0, shards);
    const calls = (arity: number): number[] =>
      (['upstream', 'optimal'] as const).map(strategy => foldsOf(aggPlan(tree, arity, strategy)));
    expect([calls(4), calls(8), calls(16)]).toEqual([four, eight, sixteen]);
  });

  it('are never more than upstream makes, and each plan folds each shard once, in order', () => {
    const draw = lcg(5);
    for (let round = 0; round < 100; round++) {
      const count = 1 + (draw() % 60);
      const arity = 2 + (draw() % 7);
      const tree = randomTree(count, draw);
      const plans = (['upstream', 'optimal'] as const).map(strategy => aggPlan(tree, arity, strategy));
      expect(foldsOf(plans[1]!)).toBeLessThanOrEqual(foldsOf(plans[0]!));
      expect(foldsOf(plans[1]!)).toBeGreaterThanOrEqual(Math.ceil((count - 1) / (arity - 1)));
      for (const ops of plans) {
        const leaves = ops.map(op => (op.kind === 'leaf' ? [op.shard] : []));
        for (const [i, op] of ops.entries()) {
          if (op.kind === 'leaf') continue;
          const { length } = op.children;
          if (length < 2 || length > arity || op.children.some(child => child >= i)) throw new Error(shown(ops));
          for (const child of op.children) leaves[i]!.push(...leaves[child]!);
        }
        expect(leaves.at(-1)).toEqual(leavesOf(tree));
      }
    }
  });

  it('are those of every plan that keeps subtrees whole', () => {
    const least = (tree: FoldTree, arity: number): number => {
      if (typeof tree === 'number') return 0;
      /** Every way to have v as children of one call. */
      const ways = (node: FoldTree, room: number): [children: number, cost: number][] => {
        const own: [number, number][] = [[1, least(node, arity)]];
        if (typeof node === 'number' || room < 2) return own;
        return [...own, ...expand(node, room)];
      };
      const expand = (node: readonly [FoldTree, FoldTree], room: number): [number, number][] =>
        ways(node[0], room - 1).flatMap(([i, a]) =>
          ways(node[1], room - i).map(([j, b]): [number, number] => [i + j, a + b]),
        );
      return 1 + Math.min(...expand(tree, arity).map(([, cost]) => cost));
    };
    const draw = lcg(77);
    for (let round = 0; round < 40; round++) {
      const tree = randomTree(1 + (draw() % 11), draw);
      for (const arity of [2, 3, 4]) expect(foldsOf(aggPlan(tree, arity))).toBe(least(tree, arity));
    }
  });

  it('of a tree as deep as it has leaves', () => {
    let tree: FoldTree = 20_000;
    for (let id = 19_999; id >= 0; id--) tree = [id, tree];
    expect(foldsOf(aggPlan(tree, 16))).toBe(Math.ceil(20_000 / 15));
    expect(foldsOf(aggPlan(tree, 2, 'upstream'))).toBe(20_000);
  });

  it('have a longest chain', () => {
    const ops = aggPlan(
      [
        [0, 1],
        [2, 3],
      ],
      2,
    );
    const { length, path } = criticalPath(ops, shard => (shard === 2 ? 50 : 10), { call: 1, child: 2 });
    expect(length).toBe(60);
    expect(path.map(i => ops[i]!.kind)).toEqual(['leaf', 'fold', 'fold']);
  });

  it('refuse an arity below 2', () => {
    expect(() => aggPlan(0, 1)).toThrow('arity: expected a whole number from 2, got 1');
  });
});

it('a tree keeps what both of two prunings keep', () => {
  const tree = randomTree(40, lcg(3));
  const [odd, third] = [(id: number) => id % 2 === 1, (id: number) => id % 3 === 0];
  expect(prune(prune(tree, odd)!, third)).toEqual(prune(tree, id => odd(id) && third(id)));
  expect(prune(tree, () => true)).toEqual(tree);
  expect(prune(tree, () => false)).toBeUndefined();
});

const setOf = (...items: Uint8Array[]): ItemSet => ItemSet.of(Uint8Array.from(items.flatMap(item => [...item])));

describe('a canonical root', () => {
  it.each([
    [
      1,
      'a2ddb4931d05ba6281549052c62d2780a2d3ac29514c0a77598283d61e861206',
      'dcffe786ded16d283c663846ad0c4ff26558fccde36ca9d30b2ea19eade9fc0e',
    ],
    [
      2,
      'e1aab36881d426fc59ec5a0a32475c0560eee0b621aad00ef8706f56963d2d4b',
      '3a066e0f40c6a1981ebfa60d2411625d0517ae22c2fc8c7c1784ff8a75c78565',
    ],
    [
      3,
      'f49b15fd167302e081b303335dca53d47d5a03e6c589dcc506bfa23923fc1949',
      '32ea452e48ce1314dc4e6bd63083a06c60f0c1ad8e2b63dfa7a7ee3835efa997',
    ],
    [
      4,
      '84c2a191eb64b0ab20ef0b6a06f59b3cfab63e8601d073633ed417942a8eddc1',
      '3b3c0ce45d11517a54300a196b61497c4165150d72b7782a4548e3984da771b2',
    ],
    [
      5,
      '561315c7e6e347961eaec9af1d55ae5ea07d5f28603cc53fa528c1e26811c92d',
      '8a6a230439d0630cc5a07a9a0786db9f34413cdeae3b53a22b34cdb5a8291c97',
    ],
  ] as const)('over %d items', (count, blake3, sha256) => {
    const items = Array.from({ length: count }, (_, i) => sameBytes(i + 1));
    const set = setOf(...items.toReversed(), items[0]!);
    expect(hexOf(canonicalRoot(set, 'blake3'))).toBe(blake3);
    expect(hexOf(canonicalRoot(set, 'sha256'))).toBe(sha256);
  });

  it('of nothing is zero, and an item is not that item with zeros beside it', () => {
    expect(hexOf(canonicalRoot(NO_ITEMS, 'sha256'))).toBe('00'.repeat(32));
    const alone = canonicalRoot(setOf(sameBytes(9)), 'sha256');
    expect(canonicalRoot(setOf(sameBytes(9), sameBytes(0)), 'sha256')).not.toEqual(alone);
  });
});

describe('sets', () => {
  const bytes = (numbers: readonly number[]): ItemSet => setOf(...numbers.map(sameBytes));
  it('are what JavaScript has as sets', () => {
    const numbers = fc.array(fc.nat(40), { maxLength: 30 });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const listed = (set: ItemSet): number[] => Array.from({ length: set.size }, (_, i) => set.item(i)[0]!);
        const sorted = (values: Iterable<number>): number[] => [...new Set(values)].sort((x, y) => x - y);
        const [x, y] = [bytes(a), bytes(b)];
        expect(listed(x)).toEqual(sorted(a));
        expect(listed(x.union(y))).toEqual(sorted([...a, ...b]));
        expect(listed(x.without(y))).toEqual(sorted(a.filter(n => !b.includes(n))));
        expect(listed(x.intersection(y))).toEqual(sorted(a.filter(n => b.includes(n))));
      }),
    );
  });
});

describe('a fold', () => {
  const [a, b, c, x, y] = [1, 2, 3, 24, 25].map(sameBytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const claim = (subjects: Uint8Array[], assumptions: Uint8Array[]): OpenClaim =>
    claimOf(setOf(...subjects), setOf(...assumptions), 'sha256');
  const claims = [claim([a, b], [c, x]), claim([c], [a, y]), claim([x], [b])] as const;
  const fold = (...children: OpenClaim[]): OpenClaim => dischargeClaims(children, 'sha256');

  it('discharges what any child vouches for, in every shape and order', () => {
    const first = fold(claims[0], claims[1]);
    expect([first.subjects, first.assumptions]).toEqual([setOf(a, b, c), setOf(x, y)]);
    const all = fold(...claims);
    expect([all.subjects, all.assumptions]).toEqual([setOf(a, b, c, x), setOf(y)]);
    for (const other of [
      fold(first, claims[2]),
      fold(fold(claims[0], claims[2]), claims[1]),
      fold(all, all, claims[1]),
    ])
      expect(other).toEqual(all);
  });

  it('closes where nothing is assumed any more', () => {
    const closed = fold(...claims, claim([y], []));
    expect(hexOf(closed.assumptionRoot)).toBe('00'.repeat(32));
  });

  it('refuses a list that is not the one of its root', () => {
    const first = claims[0];
    const changed = { ...first, assumptions: setOf(c, y) };
    expect(() => fold(changed, claims[1])).toThrow('fold: expected assumptions of root');
    expect(() => fold(claims[1], { ...first, subjects: setOf(a) })).toThrow('in child 1');
  });

  it('of opaque roots depends on the order', () => {
    const there = joinClaims(claims, 'blake3');
    expect(joinClaims([claims[1], claims[0], claims[2]], 'blake3')).not.toEqual(there);
    expect(joinClaims([joinClaims(claims.slice(0, 2), 'blake3'), claims[2]], 'blake3')).toEqual(there);
  });
});

const stored = (subjects: string, assumptions: string): StoredClaim => ({
  subjects: [...subjects],
  assumptions: [...assumptions],
});

/** By the words of the rule, over and over. */
function coverSlowly(claims: readonly StoredClaim[], { needed, novel, novelAssumptions = [] }: WantedClaims): number[] {
  const isIn = (claim: StoredClaim, items: ReadonlySet<string>): boolean => claim.subjects.some(one => items.has(one));
  const seeds = new Set([...needed].filter(item => !novel.has(item)));
  const used = new Set(claims.flatMap((claim, i) => (isIn(claim, seeds) ? [i] : [])));
  const late = [...novelAssumptions];
  for (let size = -1; size !== used.size; ) {
    size = used.size;
    const vouched = new Set([...novel, ...[...used].flatMap(i => claims[i]!.subjects)]);
    const open = new Set([...late, ...[...used].flatMap(i => claims[i]!.assumptions)].filter(one => !vouched.has(one)));
    for (const [i, claim] of claims.entries()) if (isIn(claim, open)) used.add(i);
  }
  return [...used].sort((a, b) => a - b);
}

describe('what a store has for a run', () => {
  const store = [stored('a', ''), stored('c', 'ax'), stored('x', 'y'), stored('y', ''), stored('q', '')];

  it('is found by what it assumes in turn', () => {
    const wanted = { needed: ['c', 'd'], novel: new Set('d') };
    expect(coverAll(store, wanted)).toEqual({ used: [0, 1, 2, 3], outstanding: [] });
    expect(coverGreedily(store, wanted)).toEqual({ used: [0, 1, 2, 3], outstanding: [] });
  });

  it('is asked for what new shards assume, which upstream leaves open', () => {
    const wanted = { needed: ['d'], novel: new Set('d'), novelAssumptions: ['x', 'z'] };
    expect(coverAll(store, wanted)).toEqual({ used: [2, 3], outstanding: ['z'] });
    expect(coverGreedily(store, wanted)).toEqual({ used: [2, 3], outstanding: ['z'] });
  });

  it('is what the rule says, and the greedy cover closes the same with no more', () => {
    const items = fc.array(fc.constantFrom(...'abcdefghij'), { maxLength: 4 });
    const claim = fc.record({ subjects: items, assumptions: items });
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 9 }), items, items, items, (claims, needed, novel, novelAssumptions) => {
        const wanted = { needed, novel: new Set(novel), novelAssumptions };
        const all = coverAll(claims, wanted);
        expect(all.used).toEqual(coverSlowly(claims, wanted));
        const few = coverGreedily(claims, wanted);
        const vouched = new Set([...novel, ...few.used.flatMap(i => claims[i]!.subjects), ...few.outstanding]);
        const asked = [...needed, ...novelAssumptions, ...few.used.flatMap(i => claims[i]!.assumptions)];
        expect(asked.filter(item => !vouched.has(item))).toEqual([]);
        const nobody = (item: string): boolean => !claims.some(({ subjects }) => subjects.includes(item));
        expect(few.outstanding.every(nobody)).toBe(true);
      }),
    );
  });
});
