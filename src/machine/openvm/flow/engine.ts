// What makes proofs of segments. Reference: stark-backend:src/engine.rs, v1.2.0.

import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import type { Digest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { SegmentProof } from '../../../proof/openvm/segments.ts';

/** A program as all proofs of its segments speak of it. */
export interface CommittedProgram {
  readonly commitment: Digest;
  /** Its matrix, row after row. */
  readonly rows: readonly (readonly number[])[];
}

/** An AIR of a segment, with its common columns. */
export interface AirContext {
  readonly airId: number;
  readonly publicValues: readonly number[];
  readonly columns: Columns;
}

/** All that is proved of a segment: AIRs that have rows, by their number. */
export interface ProvingContext<P extends CommittedProgram = CommittedProgram> {
  readonly program: P;
  readonly airs: readonly AirContext[];
}

export interface ProofEngine<P extends CommittedProgram, Proof extends SegmentProof> {
  /** Where it is `check`, what the engine gives proves nothing to anybody else. */
  readonly kind: string;
  commit(program: Program): P;
  prove(context: ProvingContext<P>): Proof;
  /** @throws ProofRejected */
  verify(proof: Proof): void;
}
