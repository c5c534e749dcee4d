// Profiles and manifests of a batch as files: sizes and digests of upstream's bytes, and what is not one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitExecError } from '../../runtime/errors.ts';
import { hexOf } from '../../runtime/hex.ts';
import { isManifest, manifestOf, readManifest, writeManifest } from '../../src/planner/batch/manifest.ts';
import { partition } from '../../src/planner/batch/partition.ts';
import { type BatchProfile, hypergraphOf, ProfileBuilder } from '../../src/planner/batch/profile.ts';
import { isBatchProfile, readBatchProfile, writeBatchProfile } from '../../src/planner/batch/profile-file.ts';
import { prune } from '../../src/planner/fold/tree.ts';
import { fnv1a, numbered, profileOf, randomProfile, sameBytes } from './lcg.ts';

const clusters = profileOf(Array(6).fill({ heartbeats: 100n, size: 1000, constants: 1 }), [
  [1, 2],
  [2, 3],
  [3, 1],
  [4, 5],
  [5, 6],
  [6, 4],
  [3, 4],
]);
const inTwo = partition(
  hypergraphOf(
    clusters,
    Float64Array.from(clusters.blocks, ({ heartbeats }) => Number(heartbeats)),
  ),
  2,
  0.1,
);

/** The codes with which a reader refuses every prefix, and copies with one changed byte; undefined where it took one. */
function refusals(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): Set<string | undefined> {
  const codes = new Set<string | undefined>();
  const attempt = (given: Uint8Array): void => {
    try {
      read(given);
      codes.add(undefined);
    } catch (error) {
      if (!(error instanceof JitExecError)) throw error;
      codes.add(error.code);
    }
  };
  for (let end = 0; end < bytes.length; end++) attempt(bytes.subarray(0, end));
  return codes;
}

describe('a profile of a batch', () => {
  it("of version 1 has upstream's bytes", () => {
    const bytes = writeBatchProfile(clusters);
    expect([bytes.length, fnv1a(bytes)]).toEqual([396, 'b92a70b1']);
    expect(isBatchProfile(bytes)).toBe(true);
    expect(readBatchProfile(bytes)).toEqual(clusters);
  });

  it('is the same whoever was first, merged or not, and adds up to at most what a u64 holds', () => {
    const all = (order: readonly number[], into = new ProfileBuilder()): ProfileBuilder => {
      for (const i of order) {
        into.add(numbered(i), { heartbeats: 2n ** 63n, size: i, constants: 2 ** 31, counters: { subst: BigInt(i) } });
        into.addEdge(numbered(i), numbered(7 * i + 1));
        into.addEdge(numbered(i), numbered(i));
      }
      return into;
    };
    const once = writeBatchProfile(all([1, 2, 3, 4]).profile(2));
    expect(writeBatchProfile(all([4, 2, 3, 1]).profile(2))).toEqual(once);
    const merged = new ProfileBuilder();
    merged.merge(all([3, 1]).profile(2));
    merged.merge(all([4, 2]).profile(2));
    expect(writeBatchProfile(merged.profile(2))).toEqual(once);
    const doubled = all([1], all([1])).profile(2);
    expect(doubled.blocks[0]).toMatchObject({ heartbeats: 2n ** 64n - 1n, constants: 2 ** 32 - 1, size: 1 });
    expect(doubled.producers).toEqual(Uint32Array.of(1));
  });

  it('is whole or none', () => {
    const two: BatchProfile = profileOf([{ counters: { whnf: 5n } }, {}], [[1, 2]], 2);
    for (const profile of [clusters, two]) {
      const bytes = writeBatchProfile(profile);
      expect(refusals(bytes, readBatchProfile)).toEqual(new Set(['PROFILE_INVALID']));
      expect(() => readBatchProfile(Uint8Array.of(...bytes, 0))).toThrow('expected the end');
      for (const [at, what] of [
        [0, 'magic'],
        [8, 'version'],
        [bytes.length - 4, 'producers below'],
      ] as const) {
        const changed = bytes.slice();
        changed[at] = 99;
        expect(() => readBatchProfile(changed)).toThrow(what);
      }
    }
  });

  it('of any bytes is one, or refused with its code', () => {
    const bytes = writeBatchProfile(clusters);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        let profile: BatchProfile;
        try {
          profile = readBatchProfile(changed);
        } catch (error) {
          expect((error as JitExecError).code).toBe('PROFILE_INVALID');
          return;
        }
        expect(Buffer.compare(writeBatchProfile(profile), changed)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a manifest', () => {
  it("has upstream's bytes, with roots and without", () => {
    const manifest = manifestOf(clusters, inTwo);
    const [first, second] = manifest.shards;
    expect(first).toMatchObject({ heartbeats: 300n, ownSize: 3000n, crossIngress: 1000n, foreign: [sameBytes(4)] });
    expect(hexOf(first!.assumptionRoot!)).toBe('ecb2bfa29ca32cd4afafa7021bf444ce0956ad6f04d024d0a4ce5afe6f229d10');
    expect(second).toMatchObject({ heartbeats: 300n, ownSize: 3000n, crossIngress: 0n, assumptionRoot: undefined });
    const bytes = writeManifest(manifest);
    expect([bytes.length, fnv1a(bytes)]).toEqual([370, '8fcd950d']);
    const plain = writeManifest(manifestOf(clusters, inTwo, { hasRoots: false }));
    expect([plain.length, fnv1a(plain)]).toEqual([338, '7c1a1f1f']);
    expect(isManifest(bytes)).toBe(true);
    expect(readManifest(bytes)).toEqual(manifest);
  });

  it('of an old file has no tree', () => {
    const { tree: _tree, ...rest } = manifestOf(clusters, inTwo);
    const bytes = writeManifest({ ...rest, tree: undefined });
    expect(readManifest(bytes.subarray(0, bytes.length - 1))).toEqual({ ...rest, tree: undefined });
  });

  it('has a tree over just its shards', () => {
    const profile = randomProfile(4, 30, 60);
    const five = partition(hypergraphOf(profile, new Float64Array(30).fill(1)), 5);
    const manifest = manifestOf(profile, five);
    expect(readManifest(writeManifest(manifest))).toEqual(manifest);
    for (const tree of [prune(five.tree, id => id !== 3)!, [five.tree, 2] as const, [0, [1, [2, [3, 3]]]] as const])
      expect(() => readManifest(writeManifest({ ...manifest, tree }))).toThrow('manifest: expected');
  });

  it('as deep as it likes is read without running out of stack', () => {
    const shards = Array.from({ length: 30_000 }, (_, id) => ({
      id,
      heartbeats: 0n,
      ownSize: 0n,
      crossIngress: 0n,
      assumptionRoot: undefined,
      members: [],
      foreign: [],
    }));
    let tree: import('../../src/planner/fold/tree.ts').FoldTree = shards.length - 1;
    for (let id = shards.length - 2; id >= 0; id--) tree = [id, tree];
    const bytes = writeManifest({ crossIngress: 0n, shards, tree });
    expect(Buffer.compare(writeManifest(readManifest(bytes)), bytes)).toBe(0);
  });

  it('is whole or none, but for the tree that old files have not', () => {
    const bytes = writeManifest(manifestOf(clusters, inTwo));
    const tree = 12;
    expect(refusals(bytes, readManifest)).toEqual(new Set(['PLAN_INVALID', undefined]));
    expect(refusals(bytes.subarray(0, bytes.length - tree), readManifest)).toEqual(new Set(['PLAN_INVALID']));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          readManifest(changed);
        } catch (error) {
          expect((error as JitExecError).code).toBe('PLAN_INVALID');
        }
      }),
      { numRuns: 300 },
    );
  });
});
