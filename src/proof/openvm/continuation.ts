// The proof of a whole run: its segments' proofs, then that of the values that the guest revealed.

import { ProofReader, readProof } from '../stark/codec.ts';
import type { VerifyingKey } from '../stark/key.ts';
import type { FriParameters, Proof } from '../stark/proof.ts';
import { type PublicValuesProof, verifyPublicValues } from './public-values.ts';
import { type VerifiedRun, verifySegments } from './segments.ts';

export interface ContinuationProof {
  readonly segments: readonly Proof[];
  readonly publicValues: PublicValuesProof;
}

/** In the encoding of OpenVM's SDK. Throws PROOF_INVALID where it is malformed. */
export function decodeContinuationProof(bytes: Uint8Array): ContinuationProof {
  const reader = new ProofReader(bytes);
  const segments = reader.list(() => readProof(reader));
  const publicValues = {
    siblings: reader.list(() => reader.digest()),
    publicValues: reader.list(() => reader.word()),
    commitment: reader.digest(),
  };
  reader.end();
  return { segments, publicValues };
}

/** @throws ProofRejected */
export function verifyContinuation(
  key: VerifyingKey,
  { segments, publicValues }: ContinuationProof,
  parameters?: FriParameters,
): VerifiedRun {
  const run = verifySegments(key, segments, parameters);
  verifyPublicValues(publicValues, run.finalMemoryRoot);
  return run;
}
