// The proof of a whole run: its segments' proofs, then that of the values that the guest revealed.

import { encodeProof, ProofReader, readProof } from '../stark/codec.ts';
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

/** The bytes that `decodeContinuationProof` reads. */
export function encodeContinuationProof({ segments, publicValues }: ContinuationProof): Uint8Array {
  const words = (values: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
    return bytes;
  };
  const { siblings, publicValues: values, commitment } = publicValues;
  const parts = [
    words([segments.length]),
    ...segments.map(encodeProof),
    words([siblings.length, ...siblings.flat(), values.length, ...values, ...commitment]),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
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
