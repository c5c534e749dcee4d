// The engine that proves nothing: its proof is the context itself, and to verify it is to look whether all constraints hold
// and all buses balance. What it accepts, a prover could prove.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { sameDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { SegmentProof } from '../../../proof/openvm/segments.ts';
import type { AirProof } from '../../../proof/stark/proof.ts';
import { ProofRejected } from '../../../proof/stark/rejection.ts';
import { type Failure, FailureList, failureLine } from '../../../tracegen/failures.ts';
import { SegmentChecker } from '../check/segment-checker.ts';
import { programCommit, programTrace } from '../commitments.ts';
import { fixedColumns, openVmFiller } from '../traces/segment-traces.ts';
import type { AirContext, CommittedProgram, MachineKey, ProofEngine, ProvingContext } from './engine.ts';
import { heightConstraints } from './heights.ts';

/** With the columns that all its segments share. */
export interface FixedProgram extends CommittedProgram {
  readonly fixed: ReadonlyMap<string, Columns>;
}

export interface CheckProof extends SegmentProof {
  readonly kind: 'check';
  readonly program: FixedProgram;
  readonly perAir: readonly (AirProof & AirContext)[];
}

export class CheckEngine implements ProofEngine<FixedProgram, CheckProof> {
  readonly kind = 'check' as const;
  readonly #checkers = new WeakMap<FixedProgram, SegmentChecker>();

  /** What its proofs are measured by: bounds of heights. */
  keygen(): MachineKey {
    return { heightConstraints: heightConstraints() };
  }

  commit(program: Program): FixedProgram {
    const rows = programTrace(program);
    return { commitment: programCommit(program), rows, fixed: fixedColumns(openVmFiller(), rows) };
  }

  /** Keeps the columns that it is given. */
  prove({ program, airs }: ProvingContext<FixedProgram>): CheckProof {
    const perAir = airs.map(air => ({ ...air, degree: air.columns.rows, exposedValues: [] }));
    return { kind: this.kind, program, mainCommitments: [program.commitment], perAir };
  }

  verify({ program, perAir, mainCommitments }: CheckProof): void {
    if (!sameDigest(mainCommitments[0] ?? [], program.commitment))
      throw new ProofRejected('ProgramCommitmentMismatch', 'the proof commits to another program than it has');
    const named = perAir.find(({ airId, columns }) => OPENVM_CHIPS[airId]?.name !== columns.name);
    if (named !== undefined)
      throw new ProofRejected('InvalidProofShape', `AIR ${named.airId} is no ${named.columns.name}`);
    const { list, count } = this.#failuresOf({ program, airs: perAir }, 1);
    if (count === 0) return;
    const { shard: _, ...rest } = list[0] ?? { columns: [], rule: `${count} rules do not hold`, values: [] };
    throw new ProofRejected('OodEvaluationMismatch', failureLine(rest));
  }

  debug(context: ProvingContext<FixedProgram>): readonly Failure[] {
    return this.#failuresOf(context).list;
  }

  #failuresOf({ program, airs }: ProvingContext<FixedProgram>, limit?: number): FailureList {
    const failures = new FailureList(limit);
    const publicValues = new Map(airs.map(one => [one.columns.name, one.publicValues]));
    this.#checkerOf(program).check(
      {
        index: 0,
        publicValues: air => publicValues.get(air) ?? [],
        columns: () => airs.map(({ columns }) => columns),
      },
      failures,
    );
    return failures;
  }

  #checkerOf(program: FixedProgram): SegmentChecker {
    const checker = this.#checkers.get(program) ?? new SegmentChecker(program.fixed);
    this.#checkers.set(program, checker);
    return checker;
  }
}
