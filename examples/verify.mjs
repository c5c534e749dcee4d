// Verifies a proof that OpenVM 1.4.0 made. Its key and the verifier need nothing of the executor, nor of Node.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { APP_PARAMETERS, decodeProof, ProofRejected, readVerifyingKey, verifySegments } from 'jit-exec/verify';

const keyPath = fileURLToPath(import.meta.resolve('jit-exec/keys/openvm-1.4.0-rv32im.json'));
const key = readVerifyingKey(readFileSync(keyPath, 'utf8'));
const proof = decodeProof(readFileSync(new URL('proofs/tiny-ops.proof', import.meta.url)));

// This example was made with 3 queries to be small. A proof that is to convince somebody has 100: APP_PARAMETERS.
const few = { ...APP_PARAMETERS, queries: 3 };
const { exeCommit } = verifySegments(key, [proof], few);
console.log('holds; the program commits to', exeCommit.map(word => word.toString(16).padStart(8, '0')).join(''));

try {
  verifySegments(key, [proof]);
} catch (error) {
  if (!(error instanceof ProofRejected)) throw error;
  console.log('with what an app asks for:', error.verdict);
}
