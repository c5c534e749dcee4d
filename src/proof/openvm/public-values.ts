// The values that a guest of OpenVM revealed, proved against the memory root at the end of its run.

import { compress, sameDigest, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import { ProofRejected } from '../stark/rejection.ts';

const CHUNK = 8;
/** Of the memory tree: 3 bits of address space above 26 bits of chunk. */
const TREE_HEIGHT = 29;
/** Public values are address space 3, the third of the tree. */
const FIRST_LEAF = 2 * 2 ** 26;
const ZERO_DIGEST: TreeDigest = [0, 0, 0, 0, 0, 0, 0, 0];

export interface PublicValuesProof {
  /** From the node above all public values to the root. */
  readonly siblings: readonly TreeDigest[];
  /** One byte each; 8 · 2^k of them. */
  readonly publicValues: readonly number[];
  readonly commitment: TreeDigest;
}

/** @throws ProofRejected with upstream's name of the error */
export function verifyPublicValues(
  { siblings, publicValues, commitment }: PublicValuesProof,
  finalMemoryRoot: TreeDigest,
): void {
  const height = Math.log2(publicValues.length / CHUNK);
  if (!Number.isInteger(height) || height < 0)
    throw new ProofRejected('UnexpectedLength', `${publicValues.length} values`);
  if (siblings.length !== TREE_HEIGHT - height) throw new ProofRejected('IncorrectProofLength');
  let layer: TreeDigest[] = [];
  for (let i = 0; i < publicValues.length; i += CHUNK)
    layer.push(compress(publicValues.slice(i, i + CHUNK), ZERO_DIGEST));
  while (layer.length > 1)
    layer = Array.from({ length: layer.length / 2 }, (_, i) => compress(layer[2 * i]!, layer[2 * i + 1]!));
  let node = layer[0]!;
  if (!sameDigest(node, commitment)) throw new ProofRejected('UserPublicValuesCommitMismatch');
  let index = FIRST_LEAF / 2 ** height;
  for (const sibling of siblings) {
    node = index % 2 === 0 ? compress(node, sibling) : compress(sibling, node);
    index = Math.floor(index / 2);
  }
  if (!sameDigest(node, finalMemoryRoot)) throw new ProofRejected('FinalMemoryRootMismatch');
}
