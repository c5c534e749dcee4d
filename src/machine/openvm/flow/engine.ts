// What makes proofs of segments. Reference: stark-backend:src/engine.rs, v1.2.0.

import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import type { TreeDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { SegmentProof } from '../../../proof/openvm/segments.ts';
import type { VerifyingKey } from '../../../proof/stark/key.ts';
import type { Failure } from '../../../tracegen/failures.ts';

/** A program as all proofs of its segments speak of it. */
export interface CommittedProgram {
  readonly commitment: TreeDigest;
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

/** What an engine knows of a machine before any program: a verifying key has all of it. */
export type MachineKey = Pick<VerifyingKey, 'heightConstraints'>;

export interface ProofEngine<
  P extends CommittedProgram,
  Proof extends SegmentProof,
  Key extends MachineKey = MachineKey,
> {
  /** Where it is `check`, what the engine gives proves nothing to anybody else. */
  readonly kind: string;
  /** Of the RV32IM machine. */
  keygen(): Key;
  commit(program: Program): P;
  prove(context: ProvingContext<P>): Proof;
  /** @throws ProofRejected */
  verify(proof: Proof): void;
  /** What of a context does not hold, row by row and bus by bus; none where it can be proved. */
  debug(context: ProvingContext<P>): readonly Failure[];
}
