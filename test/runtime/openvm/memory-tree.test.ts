// The memory tree has the digests of OpenVM's.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressMap } from '../../../runtime/openvm/address-map.ts';
import { rv32Spaces } from '../../../runtime/openvm/address-spaces.ts';
import { type Chunk, hashChunk, leafOf, MemoryTree, zeroDigest } from '../../../runtime/openvm/memory-tree.ts';

const upTo = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const treeOf = (...chunks: Chunk[]): MemoryTree => {
  const memory = new AddressMap(rv32Spaces());
  for (const { space, pointer, values } of chunks) memory.write(space, pointer, Uint8Array.from(values));
  return MemoryTree.of(memory);
};

describe('known answers', () => {
  it.each([
    ['z_0', zeroDigest(0), '1168947398 128782440 747404447 883925857 360581875 1704698758 1878363991 1054281681'],
    ['z_1', zeroDigest(1), '1372296105 546597582 1104236566 663823579 211791861 589535310 1101207053 1011338743'],
    ['z_26', zeroDigest(26), '127684994 721274732 1200700356 623582442 779163887 874757402 407870636 1052811987'],
    ['no memory', treeOf().root, '1164049896 253034003 841114130 1897258050 1186077553 309431251 1806896828 87556115'],
    [
      'hash(1..8)',
      hashChunk(upTo(8, 1)),
      '766127264 1750513607 1038115664 1351438670 1338302971 1958881547 1778633879 1495371656',
    ],
    [
      'cells 0 to 7 of memory',
      treeOf({ space: 2, pointer: 0, values: upTo(8, 1) }).root,
      '146987495 73445534 686729649 1707491581 233866052 798312484 1065633510 834057391',
    ],
    [
      'a register and a word of memory',
      treeOf(
        { space: 1, pointer: 0, values: [0, 0, 0, 0, 1, 2, 3, 4] },
        { space: 2, pointer: 64, values: [10, 11, 12, 13, 0, 0, 0, 0] },
      ).root,
      '1359233394 1935329195 579629702 802308414 1359082973 1776500933 1322644277 926913292',
    ],
  ])('%s', (_, digest, expected) => {
    expect(digest.join(' ')).toBe(expected);
  });
});

const chunk: fc.Arbitrary<Chunk> = fc.record({
  space: fc.constantFrom(1, 2),
  pointer: fc.nat(15).map(n => 8 * n),
  values: fc.array(fc.nat(255), { minLength: 8, maxLength: 8 }),
});
/** By address, each once. */
const chunks = fc
  .uniqueArray(chunk, { maxLength: 8, selector: ({ space, pointer }) => `${space} ${pointer}` })
  .map(list => list.sort((a, b) => leafOf(a.space, a.pointer) - leafOf(b.space, b.pointer)));

describe('an update', () => {
  it('gives the tree of the memory that it leaves, and says what changed', () => {
    fc.assert(
      fc.property(chunks, chunks, (first, second) => {
        const tree = treeOf(...first);
        const { before, after, leaves, nodes } = tree.update(second);
        const left = first.filter(a => !second.some(b => leafOf(a.space, a.pointer) === leafOf(b.space, b.pointer)));
        const expected = treeOf(...left, ...second);
        expect(after).toEqual(expected.root);
        expect(before).toEqual(treeOf(...first).root);
        expect(leaves.map(({ node }) => node)).toEqual(second.map(({ space, pointer }) => leafOf(space, pointer)));
        const top = nodes.at(-1)!;
        expect([top.node, top.height, top.before.parent, top.after.parent]).toEqual([1, 29, before, after]);
        for (const { node, leftStays, rightStays, before: was, after: is } of nodes) {
          if (leftStays) expect(is.left).toEqual(was.left);
          if (rightStays) expect(is.right).toEqual(was.right);
          expect(is.left).toEqual(tree.node(2 * node));
          expect(is.parent).toEqual(tree.node(node));
        }
        const heights = nodes.map(({ height, node }) => height * 2 ** 30 + node);
        expect(heights).toEqual([...heights].sort((a, b) => a - b));
      }),
      { numRuns: 3 },
    );
  });

  it('of nothing goes to the first leaf and back', () => {
    const { before, after, leaves, nodes } = treeOf().update([]);
    expect([after, leaves.length, nodes.length]).toEqual([before, 0, 29]);
    expect(nodes[0]).toMatchObject({ height: 1, node: 2 ** 28, leftStays: true, rightStays: true });
    expect(nodes[1]).toMatchObject({ leftStays: false, rightStays: true });
  });
});
