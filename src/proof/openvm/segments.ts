// The proofs of a run's segments belong together: OpenVM 1.4.0's verify_segments, with its errors' names.

import { compress, sameDigest, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import type { VerifyingKey } from '../stark/key.ts';
import type { FriParameters, Proof } from '../stark/proof.ts';
import { ProofRejected } from '../stark/rejection.ts';
import { verifyProof } from '../stark/verify.ts';

/** AIRs with public values, by their number in the key of every machine with continuations. */
const PROGRAM_AIR = 0;
const CONNECTOR_AIR = 1;
const MERKLE_AIR = 3;
/** What a segment that goes on in another one has as its exit code. */
const SUSPENDED = 42;
const ZERO_DIGEST: TreeDigest = [0, 0, 0, 0, 0, 0, 0, 0];

/** What the walk over a run's segments reads of a proof. */
export type SegmentProof = Pick<Proof, 'perAir' | 'mainCommitments'>;

/** What the segments of a run prove together. */
export interface VerifiedRun {
  /** Of the program, its initial memory and its first pc: to be compared with that of the program that was meant. */
  readonly exeCommit: TreeDigest;
  /** Of the memory at the end; the user's public values are proved against it. */
  readonly finalMemoryRoot: TreeDigest;
}

/** What one segment hands to the next. */
interface Link {
  readonly program: TreeDigest;
  readonly startPc: number;
  readonly finalPc: number;
  readonly startRoot: TreeDigest;
  readonly finalRoot: TreeDigest;
}

/**
 * Accepts the proofs of all segments of one run, in order, or throws. The caller must compare `exeCommit`: segments left out
 * at the front change nothing but it.
 * @throws ProofRejected
 */
export function verifySegments(key: VerifyingKey, proofs: readonly Proof[], parameters?: FriParameters): VerifiedRun {
  return joinSegments(proofs, proof => verifyProof(key, proof, parameters));
}

/** The walk of `verifySegments`; `verify` is called before a segment's public values are believed. */
export function joinSegments<T extends SegmentProof>(proofs: readonly T[], verify: (proof: T) => void): VerifiedRun {
  if (proofs.length === 0) throw new ProofRejected('ProofNotFound');
  let link: Link | undefined;
  for (const [index, proof] of proofs.entries()) {
    try {
      verify(proof);
    } catch (error) {
      throw error instanceof ProofRejected && proofs.length > 1
        ? new ProofRejected(error.verdict, `in the proof of segment ${index}`)
        : error;
    }
    link = nextLink(link, proof, index, index === proofs.length - 1);
  }
  const { program, startRoot, startPc, finalRoot } = link!;
  return { exeCommit: exeCommit(program, startRoot, startPc), finalMemoryRoot: finalRoot };
}

/** compress(compress(hash(program), hash(root)), hash(pc)), where hash(x) is compress(x, 0). */
export function exeCommit(program: TreeDigest, memoryRoot: TreeDigest, startPc: number): TreeDigest {
  const hash = (digest: TreeDigest): TreeDigest => compress(digest, ZERO_DIGEST);
  return compress(compress(hash(program), hash(memoryRoot)), hash([startPc, ...ZERO_DIGEST.slice(1)]));
}

/** Checks one segment against the one before, AIRs in the order of the proof. */
function nextLink(before: Link | undefined, proof: SegmentProof, index: number, isLast: boolean): Link {
  let [program, connector, merkle]: (TreeDigest | readonly number[] | undefined)[] = [];
  for (const { airId, publicValues } of proof.perAir) {
    if (airId === PROGRAM_AIR) {
      program = proof.mainCommitments[0]!;
      if (before && !sameDigest(program, before.program))
        throw new ProofRejected(`ProgramCommitMismatch { index: ${index} }`);
    } else if (airId === CONNECTOR_AIR) {
      connector = publicValues;
      checkConnector(before, connector, isLast);
    } else if (airId === MERKLE_AIR) {
      merkle = publicValues;
      if (before && !sameDigest(merkle.slice(0, 8), before.finalRoot))
        throw new ProofRejected('InitialMemoryRootMismatch', `segment ${index}`);
    } else if (publicValues.length > 0) {
      throw new ProofRejected(`UnexpectedPvs { expected: 0, actual: ${publicValues.length} }`, `AIR ${airId}`);
    }
  }
  if (program === undefined) throw new ProofRejected(`SystemAirMissing { air_id: ${PROGRAM_AIR} }`);
  if (connector === undefined) throw new ProofRejected(`SystemAirMissing { air_id: ${CONNECTOR_AIR} }`);
  if (merkle === undefined) throw new ProofRejected(`SystemAirMissing { air_id: ${MERKLE_AIR} }`);
  return {
    program: before?.program ?? program,
    startPc: before?.startPc ?? connector[0]!,
    finalPc: connector[1]!,
    startRoot: before?.startRoot ?? merkle.slice(0, 8),
    finalRoot: merkle.slice(8),
  };
}

/** Public values: first pc, last pc, exit code, whether the run ends here. */
function checkConnector(before: Link | undefined, connector: readonly number[], isLast: boolean): void {
  const [initialPc, , exitCode, isTerminate] = connector as [number, number, number, number];
  if (before && initialPc !== before.finalPc)
    throw new ProofRejected(`InitialPcMismatch { initial: ${initialPc}, prev_final: ${before.finalPc} }`);
  if (isTerminate !== Number(isLast))
    throw new ProofRejected(`IsTerminateMismatch { expected: ${isLast}, actual: ${isTerminate !== 0} }`);
  const expected = isLast ? 0 : SUSPENDED;
  if (exitCode !== expected) throw new ProofRejected(`ExitCodeMismatch { expected: ${expected}, actual: ${exitCode} }`);
}
