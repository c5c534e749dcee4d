// What the protocol of a proof leaves to whoever computes: all that grows with the height of traces.

import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import type { TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import type { Batch } from '../stark/batching.ts';
import type { AirKey } from '../stark/key.ts';
import type { Adjacent, BatchOpening } from '../stark/proof.ts';
import type { Transcript } from '../stark/transcript.ts';

/** Columns of the values of polynomials on `shift` times the powers of the root of their height. */
export interface Matrix {
  readonly logHeight: number;
  readonly width: number;
  /** 1 for traces. */
  readonly shift: number;
}

/** Matrices, extended, and the tree over their rows. */
export interface Commitment {
  readonly root: TreeDigest;
}

/** An extended matrix: the one with this number in a commitment. */
export interface Committed<C extends Commitment = Commitment> {
  readonly commitment: C;
  readonly index: number;
}

/** What an AIR's constraints are about. */
export interface Statement<Part> {
  readonly key: AirKey;
  readonly logHeight: number;
  readonly preprocessed: Part | undefined;
  /** Cached mains first, the common one last. */
  readonly main: readonly Part[];
  /** α and β of log-up. */
  readonly challenges: readonly Extension[];
}

export interface QuotientStatement<Part> extends Statement<Part> {
  readonly permutation: Part | undefined;
  readonly publicValues: readonly number[];
  readonly exposed: readonly Extension[];
  readonly alpha: Extension;
}

/** Canonical words, column by column. */
export interface PlainColumns {
  readonly rows: number;
  readonly columns: readonly ArrayLike<number>[];
}

export interface Backend<M extends Matrix, C extends Commitment, Fold> {
  /** A trace. */
  matrix(plain: PlainColumns): M;
  commit(matrices: readonly M[]): C;
  /** The sums of an AIR's messages, four columns for each extension element, and their sum over all rows. */
  permutation(statement: Statement<M>): { readonly matrix: M; readonly sum: Extension };
  /** The quotient's chunks, on cosets of the trace's domain. */
  quotient(statement: QuotientStatement<Committed<C>>): readonly M[];
  /** Columns at z and z times the root of the height. */
  evaluate(matrix: M, z: Extension): Adjacent;
  /** By log2 of the extended height, the functions that batches become; `commitments` are theirs. */
  reduce(batches: readonly Batch[], commitments: readonly C[]): Map<number, Fold>;
  /** Over pairs of values. */
  commitPairs(values: Fold): C;
  /** Half as many values; β² times what joins is added. */
  fold(values: Fold, beta: Extension, joining: Fold | undefined): Fold;
  /** The value of a function that is known to be constant. */
  constant(values: Fold): Extension;
  /** Rows at an index of the tallest matrix. */
  open(commitment: C, index: number): BatchOpening;
  /** The least witness with so many bits, observed. */
  grind(transcript: Transcript, bits: number): number;
}
