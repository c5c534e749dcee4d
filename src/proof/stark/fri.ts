// FRI with openings: commitments, whose matrices have claimed values at points outside the domain, are low-degree
// polynomials with those values. Reference: Plonky3's TwoAdicFriPcs with the fixes of June 2025 (β² where a shorter
// polynomial joins, a final polynomial of one element).

import { GENERATOR, mul, inverse as ofOne, power, rootOfUnity } from '../../../runtime/fields/baby-bear.ts';
import {
  add,
  type Extension,
  equals,
  mul as multiply,
  ofBase,
  scale,
  sub,
  ZERO,
} from '../../../runtime/fields/baby-bear-extension.ts';
import { reverseBits } from '../../../runtime/fields/baby-bear-ntt.ts';
import { openingError } from './batch-opening.ts';
import { type Batch, batchesOf, divisorsAt, type Round, reducedRow } from './batching.ts';
import type { FriParameters, FriProof, QueryProof } from './proof.ts';
import { invalidOpening } from './rejection.ts';
import type { Transcript } from './transcript.ts';

/** What all queries share. */
interface Session {
  readonly batches: readonly Batch[];
  readonly proof: FriProof;
  readonly logBlowup: number;
  /** log2 of the greatest height of an extended trace. */
  readonly logTallest: number;
  /** Folds, one for each layer. */
  readonly betas: readonly Extension[];
}

/** @throws ProofRejected */
export function verifyOpenings(
  rounds: readonly Round[],
  proof: FriProof,
  { logBlowup, queries, powBits }: FriParameters,
  transcript: Transcript,
): void {
  for (const { matrices } of rounds)
    for (const { claims } of matrices) for (const { values } of claims) transcript.observe(...values.flat());
  const alpha = transcript.sampleExtension();
  const betas = proof.layerCommitments.map(commitment => {
    transcript.observe(...commitment);
    return transcript.sampleExtension();
  });
  if (proof.finalPolynomial.length !== 1)
    throw invalidOpening('InvalidProofShape', 'the final polynomial is no constant');
  transcript.observe(...proof.finalPolynomial.flat());
  if (proof.queries.length !== queries)
    throw invalidOpening('InvalidProofShape', `${proof.queries.length} queries where ${queries} are asked for`);
  if (!transcript.checkWitness(powBits, proof.powWitness)) throw invalidOpening('InvalidPowWitness');
  const logTallest = betas.length + logBlowup;
  const session = { batches: batchesOf(rounds, alpha), proof, logBlowup, logTallest, betas };
  for (const query of proof.queries) verifyQuery(session, query, transcript.sampleBits(logTallest));
}

function verifyQuery(session: Session, query: QueryProof, index: number): void {
  const { proof, logTallest, betas, logBlowup } = session;
  const reduced = reducedOpenings(session, query, index);
  // A trace of one row is constant: nothing is folded.
  if (!equals(reduced.get(logBlowup) ?? ZERO, ZERO)) throw invalidOpening('FinalPolyMismatch', 'a trace of one row');
  reduced.delete(logBlowup);
  if (query.layers.length !== betas.length) throw invalidOpening('InvalidProofShape', 'steps of a query');
  let folded = take(reduced, logTallest);
  if (folded === undefined) throw invalidOpening('MissingInput');
  let at = index;
  for (const [i, { siblingValue, siblings }] of query.layers.entries()) {
    const isOdd = at % 2 === 1;
    const [even, odd] = isOdd ? [siblingValue, folded] : [folded, siblingValue];
    at = Math.floor(at / 2);
    const logHeight = logTallest - 1 - i;
    const opening = { rows: [[...even, ...odd]], siblings };
    const error = openingError(proof.layerCommitments[i]!, [2 ** logHeight], at, opening);
    if (error !== undefined) throw invalidOpening(`CommitPhaseMmcsError(${error})`);
    const beta = betas[i]!;
    folded = fold(even, odd, beta, power(rootOfUnity(logHeight + 1), reverseBits(at, logHeight)));
    const joining = take(reduced, logHeight);
    if (joining !== undefined) folded = add(folded, multiply(multiply(beta, beta), joining));
  }
  if (reduced.size > 0) throw invalidOpening('InvalidProofShape', 'an opening is left over');
  if (!equals(folded, proof.finalPolynomial[0]!)) throw invalidOpening('FinalPolyMismatch');
}

function take(map: Map<number, Extension>, key: number): Extension | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/** The line through (x, even) and (−x, odd) at β. */
export function fold(even: Extension, odd: Extension, beta: Extension, x: number): Extension {
  const slope = scale(sub(even, odd), ofOne(mul(2, x)));
  return add(even, multiply(sub(beta, ofBase(x)), slope));
}

/** By log2 of the extended height: Σ α^k (p_k(x) − p_k(z)) / (x − z) over what is claimed of traces of that height. */
function reducedOpenings(
  { batches, logTallest, logBlowup }: Session,
  query: QueryProof,
  index: number,
): Map<number, Extension> {
  if (query.inputs.length !== batches.length) throw invalidOpening('InvalidProofShape', 'commitments of a query');
  const sums = new Map<number, Extension>();
  const divisors = new Map<number, ReturnType<typeof divisorsAt>>();
  for (const [i, batch] of batches.entries()) {
    const opening = query.inputs[i]!;
    const logHeights = batch.matrices.map(matrix => matrix.logHeight + logBlowup);
    const logRound = Math.max(...logHeights);
    if (logRound > logTallest) throw invalidOpening('InvalidProofShape', 'a trace is taller than the layers allow');
    const heights = logHeights.map(logHeight => 2 ** logHeight);
    const at = Math.floor(index / 2 ** (logTallest - logRound));
    const error = openingError(batch.commitment, heights, at, opening);
    if (error !== undefined) throw invalidOpening(`InputError(${error})`);
    for (const [j, { columns, claims }] of batch.matrices.entries()) {
      const row = opening.rows[j]!;
      if (row.length !== columns) throw invalidOpening('InvalidProofShape', 'columns of a row');
      const logHeight = logHeights[j]!;
      let divisor = divisors.get(logHeight);
      if (divisor === undefined) {
        divisor = divisorsAt(pointAt(Math.floor(index / 2 ** (logTallest - logHeight)), logHeight));
        divisors.set(logHeight, divisor);
      }
      const reduced = reducedRow(row, claims, batch.powers, divisor);
      sums.set(logHeight, add(sums.get(logHeight) ?? ZERO, reduced));
    }
  }
  return sums;
}

/** Where row `row` of an extended trace stands: on 31 ⟨g⟩, in bit-reversed order. */
export function pointAt(row: number, logHeight: number): Extension {
  return ofBase(mul(GENERATOR, power(rootOfUnity(logHeight), reverseBits(row, logHeight))));
}
