// Provers that cheat, each in one choice on which soundness rests: the verifier finds all of them.

import { describe, expect, it } from 'vitest';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import type { Committed, QuotientStatement, Statement } from '../../../src/proof/prover/backend.ts';
import { LaneBackend } from '../../../src/proof/prover/lanes/backend.ts';
import { SoleCrew } from '../../../src/proof/prover/lanes/crew.ts';
import type { LaneFold } from '../../../src/proof/prover/lanes/folds.ts';
import type { ExtendedMatrix, LaneMatrix } from '../../../src/proof/prover/lanes/matrices.ts';
import type { LaneCommitment } from '../../../src/proof/prover/lanes/trees.ts';
import { proveAirs } from '../../../src/proof/prover/prove.ts';
import type { Batch } from '../../../src/proof/stark/batching.ts';
import type { VerifyingKey } from '../../../src/proof/stark/key.ts';
import type { Adjacent, BatchOpening, FriParameters, Proof } from '../../../src/proof/stark/proof.ts';
import { ProofRejected } from '../../../src/proof/stark/rejection.ts';
import type { Transcript } from '../../../src/proof/stark/transcript.ts';
import { verifyProof } from '../../../src/proof/stark/verify.ts';
import { small, smallKey, smallParameters } from '../openvm-vectors.ts';
import { columnsOf, smallInputs, smallProvingKey, smallTraces } from './small-set.ts';

type Commitment = LaneCommitment<ExtendedMatrix>;

function verdictOf(proof: Proof, key: VerifyingKey = smallKey, parameters: FriParameters = smallParameters): string {
  try {
    verifyProof(key, proof, parameters);
    return 'ok';
  } catch (error) {
    if (error instanceof ProofRejected) return error.verdict;
    throw error;
  }
}

const proofBy = (backend: LaneBackend, parameters: FriParameters = smallParameters): Proof =>
  proveAirs(backend, smallProvingKey(backend), smallInputs(backend), { parameters });

const OOD = 'OodEvaluationMismatch';
const POW = 'InvalidOpeningArgument("InvalidPowWitness")';
const FINAL = 'InvalidOpeningArgument("FinalPolyMismatch")';
const LAYER = 'InvalidOpeningArgument("CommitPhaseMmcsError(RootMismatch)")';

class SwappedChallenges extends LaneBackend {
  override permutation(statement: Statement<LaneMatrix>): { readonly matrix: LaneMatrix; readonly sum: Extension } {
    return super.permutation({ ...statement, challenges: statement.challenges.toReversed() });
  }
}

/** Constraints folded from the last one on. */
class ReversedConstraints extends LaneBackend {
  override quotient(statement: QuotientStatement<Committed<Commitment>>): readonly LaneMatrix[] {
    // The module of an AIR is found by its key: the same, with its constraints in another order.
    const { key } = statement;
    (key.constraints as number[]).reverse();
    try {
      return super.quotient(statement);
    } finally {
      (key.constraints as number[]).reverse();
    }
  }
}

class OtherAlpha extends LaneBackend {
  override quotient(statement: QuotientStatement<Committed<Commitment>>): readonly LaneMatrix[] {
    return super.quotient({ ...statement, alpha: [2, 0, 0, 0] });
  }
}

/** Does not look whether what is left after all folds is constant. */
class Careless extends LaneBackend {
  override constant({ base, stride }: LaneFold): Extension {
    return this.arena.extension(base, stride);
  }
}

/** Claims that a column is one more at ζ than it is. */
class WrongValue extends Careless {
  #isFirst = true;

  override evaluate(matrix: LaneMatrix, z: Extension): Adjacent {
    const { local, next } = super.evaluate(matrix, z);
    if (!this.#isFirst) return { local, next };
    this.#isFirst = false;
    const [[a, ...rest], ...others] = local as [Extension, ...Extension[]];
    return { local: [[a + 1, ...rest] as unknown as Extension, ...others], next };
  }
}

class NoGrinding extends LaneBackend {
  override grind(transcript: Transcript): number {
    let witness = 0;
    while (transcript.copy().checkWitness(4, witness)) witness++;
    transcript.checkWitness(4, witness);
    return witness;
  }
}

/** Leaves out the functions of lower heights. */
class NothingJoins extends LaneBackend {
  override fold(values: LaneFold, beta: Extension): LaneFold {
    return super.fold(values, beta, undefined);
  }
}

/** Batches by another challenge than the transcript's. */
class OtherBatching extends LaneBackend {
  override reduce(batches: readonly Batch[], commitments: readonly Commitment[]): Map<number, LaneFold> {
    const turned = batches.map(batch => ({
      ...batch,
      matrices: batch.matrices.map(one => ({ ...one, claims: one.claims.map(claim => ({ ...claim, factor: ONE })) })),
    }));
    return super.reduce(turned, commitments);
  }
}
const ONE: Extension = [1, 0, 0, 0];

class OtherRow extends LaneBackend {
  override open(commitment: Commitment, index: number): BatchOpening {
    return super.open(commitment, index ^ 1);
  }
}

describe('a prover', () => {
  it.each<[string, new (crew: SoleCrew, key: VerifyingKey) => LaneBackend, string]>([
    ['that takes the challenges of log-up in the other order', SwappedChallenges, OOD],
    ['that folds constraints in the other order', ReversedConstraints, OOD],
    ['that folds constraints by a challenge of its own', OtherAlpha, OOD],
    ['that claims another value', WrongValue, FINAL],
    ['that does not grind', NoGrinding, POW],
    ['that lets no lower trace join', NothingJoins, LAYER],
    ['that batches by factors of its own', OtherBatching, LAYER],
    ['that opens the row beside', OtherRow, 'InvalidOpeningArgument("InputError(RootMismatch)")'],
  ])('%s is found', (_, Cheat, verdict) => {
    expect(verdictOf(proofBy(new Cheat(new SoleCrew(), smallKey)))).toBe(verdict);
  });

  it('of what does not hold is found', () => {
    const backend = new LaneBackend(new SoleCrew(), smallKey);
    const key = smallProvingKey(backend);
    const inputs = smallInputs(backend);
    const withRows = (airId: number, change: (rows: number[][]) => void): Proof => {
      const rows = smallTraces.traces[airId]!.common.map(row => [...row]);
      change(rows);
      const changed = inputs.map(one => (one.airId === airId ? { ...one, common: columnsOf(rows) } : one));
      return proveAirs(backend, key, changed, { parameters: smallParameters });
    };
    const told = (small as unknown as { tamper: { proofs_of_false_statements: Record<string, string> } }).tamper
      .proofs_of_false_statements;
    expect(verdictOf(withRows(0, rows => rows[5]![0]!++))).toBe(told['a cell that violates a constraint']);
    expect(verdictOf(withRows(1, rows => rows[0]![0]!++))).toBe(
      told['wrong multiplicities in the table (bus does not balance)'],
    );
  });

  it('under other parameters than the verifier asks for is found', () => {
    const backend = new LaneBackend(new SoleCrew(), smallKey);
    const proof = proofBy(backend, { ...smallParameters, powBits: 2 });
    expect(verdictOf(proof)).toBe(POW);
    expect(verdictOf(proof, smallKey, { ...smallParameters, powBits: 2 })).toBe('ok');
    const other = { ...smallKey, airs: smallKey.airs.map((air, i) => (i === 5 ? { ...air, quotientDegree: 1 } : air)) };
    expect(verdictOf(proof, other)).toBe('InvalidProofShape');
  });
});
