/**
 * Verifies proofs that OpenVM 1.4 made, without the executor: small enough for a page. A proof that does not hold is thrown
 * as a `ProofRejected` with upstream's verdict, a malformed file as a `JitExecError` with code `PROOF_INVALID`.
 *
 * @module
 */

export { JitExecError } from '../runtime/errors.ts';
export type { Extension } from '../runtime/fields/baby-bear-extension.ts';
/** 8 words of BabyBear. */
export type { TreeDigest as Digest } from '../runtime/hashes/baby-bear-tree.ts';
/** All segments of a run with the values that its guest revealed. */
export { type ContinuationProof, decodeContinuationProof, verifyContinuation } from './proof/openvm/continuation.ts';
/** The values that a guest revealed, against a run's final memory root. */
export { type PublicValuesProof, verifyPublicValues } from './proof/openvm/public-values.ts';
/** The segments of one run, in order. */
export { exeCommit, type VerifiedRun, verifySegments } from './proof/openvm/segments.ts';
/** Proofs in the encoding of OpenVM's SDK. */
export { decodeProof, encodeProof } from './proof/stark/codec.ts';
export type { VerifyingKey } from './proof/stark/key.ts';
/** Keys as the package ships them (`jit-exec/keys/openvm-1.4.0-rv32im.json`), or as serde writes them. */
export { readVerifyingKey } from './proof/stark/key-json.ts';
export { APP_PARAMETERS, type FriParameters, type Proof } from './proof/stark/proof.ts';
/** Proofs as serde writes them in JSON. */
export { proofFromJson } from './proof/stark/proof-json.ts';
export { ProofRejected } from './proof/stark/rejection.ts';
/** One proof against a key; what its public values must be is for the caller to say. */
export { verifyProof } from './proof/stark/verify.ts';
