/**
 * Proofs of OpenVM's runs in the thread that asks: `jit-exec/page-prove`, for workers of pages. Needs nothing of Node. In Node,
 * `jit-exec prove` and `StarkEngine` of `jit-exec/openvm` use all threads.
 *
 * @module
 */

/** Keys as the package ships them (`jit-exec/keys/openvm-1.4.0-rv32im.json`). */
export { readVerifyingKey } from './proof/stark/key-json.ts';
export { APP_PARAMETERS, type FriParameters } from './proof/stark/proof.ts';
export {
  type ProofOfRun,
  type ProofOfSegment,
  type ProveInThreadOptions,
  proveInThread,
} from './verbs/prove-in-thread.ts';
