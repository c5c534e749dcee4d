// Why a proof is not accepted, by the names that OpenVM 1.4.0's verifier gives its errors.

import { JitExecError } from '../../../runtime/errors.ts';

export class ProofRejected extends JitExecError {
  /** As upstream prints it; where upstream stops with a panic instead, a name of ours. */
  readonly verdict: string;

  constructor(verdict: string, detail?: string) {
    super('PROOF_INVALID', detail === undefined ? verdict : `${verdict}: ${detail}`);
    this.name = 'ProofRejected';
    this.verdict = verdict;
  }
}

export const invalidShape = (detail: string): ProofRejected => new ProofRejected('InvalidProofShape', detail);

/** An error of FRI, in its debug form. */
export const invalidOpening = (error: string, detail?: string): ProofRejected =>
  new ProofRejected(`InvalidOpeningArgument("${error}")`, detail);
