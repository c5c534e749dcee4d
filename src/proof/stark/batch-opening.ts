// Opens a commitment to matrices of several heights: a Merkle tree whose smaller matrices join where its layers have their
// height. Reference: Plonky3's MerkleTreeMmcs.

import { compress, hashWords, sameDigest, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import type { BatchOpening } from './proof.ts';

/**
 * The error of an opening at `index` of the tallest matrix, undefined where there is none. `heights`, all powers of two, are
 * in the order of the rows.
 */
export function openingError(
  commitment: TreeDigest,
  heights: readonly number[],
  index: number,
  { rows, siblings }: BatchOpening,
): string | undefined {
  if (heights.length === 0) return 'EmptyBatch';
  if (rows.length !== heights.length) return 'WrongBatchSize';
  const tallest = Math.max(...heights);
  if (2 ** siblings.length !== tallest)
    return `WrongHeight { max_height: ${tallest}, num_siblings: ${siblings.length} }`;
  const rowsOf = (height: number): (readonly number[])[] => rows.filter((_, i) => heights[i] === height);
  let node = hashWords(rowsOf(tallest));
  let at = index;
  let height = tallest;
  for (const sibling of siblings) {
    node = at % 2 === 0 ? compress(node, sibling) : compress(sibling, node);
    at = Math.floor(at / 2);
    height /= 2;
    const joining = rowsOf(height);
    if (joining.length > 0) node = compress(node, hashWords(joining));
  }
  return sameDigest(node, commitment) ? undefined : 'RootMismatch';
}
