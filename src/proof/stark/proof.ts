// What a STARK proof of OpenVM 1.4 holds, on canonical words, whatever encoding it came in.

import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import type { TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';

/** Columns of one matrix at a point and at the next row's. */
export interface Adjacent {
  readonly local: readonly Extension[];
  readonly next: readonly Extension[];
}

/** Rows of the matrices of one commitment, in its order, and the siblings on the way to its root. */
export interface BatchOpening {
  readonly rows: readonly (readonly number[])[];
  readonly siblings: readonly TreeDigest[];
}

export interface LayerOpening {
  readonly siblingValue: Extension;
  readonly siblings: readonly TreeDigest[];
}

export interface QueryProof {
  readonly inputs: readonly BatchOpening[];
  readonly layers: readonly LayerOpening[];
}

export interface FriProof {
  readonly layerCommitments: readonly TreeDigest[];
  readonly queries: readonly QueryProof[];
  readonly finalPolynomial: readonly Extension[];
  readonly powWitness: number;
}

export interface OpenedValues {
  /** By AIR that has preprocessed columns. */
  readonly preprocessed: readonly Adjacent[];
  /** By main commitment, then by AIR: cached mains first, the common one last. */
  readonly main: readonly (readonly Adjacent[])[];
  /** By phase, then by AIR with interactions. */
  readonly afterChallenge: readonly (readonly Adjacent[])[];
  /** By AIR, then by chunk: its 4 columns. */
  readonly quotient: readonly (readonly (readonly Extension[])[])[];
}

export interface AirProof {
  readonly airId: number;
  /** Height of its trace. */
  readonly degree: number;
  /** By phase. */
  readonly exposedValues: readonly (readonly Extension[])[];
  readonly publicValues: readonly number[];
}

export interface Proof {
  readonly mainCommitments: readonly TreeDigest[];
  readonly afterChallengeCommitments: readonly TreeDigest[];
  readonly quotientCommitment: TreeDigest;
  readonly fri: FriProof;
  readonly opened: OpenedValues;
  readonly perAir: readonly AirProof[];
  /** Undefined where no AIR has interactions. */
  readonly logUpWitness: number | undefined;
}

/** How FRI is run: a matter of who verifies, not in the key. */
export interface FriParameters {
  readonly logBlowup: number;
  readonly queries: number;
  /** Bits of grinding before the queries. */
  readonly powBits: number;
  /** Bits of grinding before the challenges of log-up. */
  readonly logUpPowBits: number;
}

/** OpenVM's parameters for proofs of segments: 100 bits of conjectured security. */
export const APP_PARAMETERS: FriParameters = { logBlowup: 1, queries: 100, powBits: 16, logUpPowBits: 16 };
