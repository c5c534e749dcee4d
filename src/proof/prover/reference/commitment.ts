// Commits to matrices in plain arithmetic: each column extended, rows in bit-reversed order, a tree over them. Smaller matrices
// join where the tree's layers have their height.

import { compress, hashWords, type TreeDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { BatchOpening } from '../../stark/proof.ts';
import type { Commitment } from '../backend.ts';

/** Extended columns of one height. */
export type ExtendedColumns = readonly Int32Array[];

export interface PlainCommitment extends Commitment {
  /** In the order in which they were given. */
  readonly matrices: readonly ExtendedColumns[];
  /** From the leaves to the root. */
  readonly layers: readonly (readonly TreeDigest[])[];
}

const heightOf = (columns: ExtendedColumns): number => columns[0]!.length;
const row = (columns: ExtendedColumns, index: number): number[] => columns.map(column => column[index]!);

export function commitTo(matrices: readonly ExtendedColumns[]): PlainCommitment {
  const digestsOf = (height: number): TreeDigest[] | undefined => {
    const ofHeight = matrices.filter(columns => heightOf(columns) === height);
    if (ofHeight.length === 0) return undefined;
    return Array.from({ length: height }, (_, i) => hashWords(ofHeight.map(columns => row(columns, i))));
  };
  const tallest = Math.max(...matrices.map(heightOf));
  const layers = [digestsOf(tallest)!];
  for (let height = tallest / 2; height >= 1; height /= 2) {
    const below = layers.at(-1)!;
    const pairs = Array.from({ length: height }, (_, i) => compress(below[2 * i]!, below[2 * i + 1]!));
    const joining = digestsOf(height);
    layers.push(joining === undefined ? pairs : pairs.map((digest, i) => compress(digest, joining[i]!)));
  }
  return { root: layers.at(-1)![0]!, matrices, layers };
}

export function openAt({ matrices, layers }: PlainCommitment, index: number): BatchOpening {
  const tallest = layers[0]!.length;
  return {
    rows: matrices.map(columns => row(columns, Math.floor((index * heightOf(columns)) / tallest))),
    siblings: layers.slice(0, -1).map((layer, k) => layer[Math.floor(index / 2 ** k) ^ 1]!),
  };
}
