// Proofs of the small AIRs with one bit of their bytes changed.

import type { JitExecError } from '../../runtime/errors.ts';
import { decodeProof } from '../../src/proof/stark/codec.ts';
import { verifyProof } from '../../src/proof/stark/verify.ts';
import { bytesOf, small, smallKey, smallParameters } from './openvm-vectors.ts';

export const smallBytes: Uint8Array = bytesOf(small.proof_codec_base64);

/** What becomes of the bytes: the error's code, or `accepted`. Any other error is thrown. */
export function outcome(bytes: Uint8Array): string {
  try {
    verifyProof(smallKey, decodeProof(bytes), smallParameters);
    return 'accepted';
  } catch (error) {
    const { code } = error as JitExecError;
    if (code === undefined) throw error;
    return code;
  }
}

/** The proof with bit `bit` of byte `at` flipped. */
export function flipped(at: number, bit: number): Uint8Array {
  const bytes = smallBytes.slice();
  bytes[at]! ^= 1 << bit;
  return bytes;
}
