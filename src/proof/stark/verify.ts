// Verifies a STARK proof of OpenVM 1.4 against a key: the checks in the order of upstream's verifier, with its errors' names.

import { GENERATOR, rootOfUnity } from '../../../runtime/fields/baby-bear.ts';
import { add, type Extension, equals, scale, ZERO } from '../../../runtime/fields/baby-bear-extension.ts';
import type { ClaimedMatrix, Round } from './batching.ts';
import { type AirValues, foldedConstraints, holdsAt, joinColumns, quotientAt } from './constraints.ts';
import { verifyOpenings } from './fri.ts';
import type { AirKey, VerifyingKey } from './key.ts';
import { type Adjacent, type AirProof, APP_PARAMETERS, type FriParameters, type Proof } from './proof.ts';
import { invalidShape, ProofRejected } from './rejection.ts';
import { Transcript } from './transcript.ts';

const MAX_LOG_HEIGHT = 27;

/** An AIR of the proof with its key. */
interface Air {
  readonly key: AirKey;
  readonly proof: AirProof;
  readonly logHeight: number;
}

/**
 * Accepts a proof or throws. That its public values are the wanted ones is for the caller to check: `verifySegments` does
 * it for the proofs of a run.
 * @throws ProofRejected with upstream's name of the first error
 */
export function verifyProof(key: VerifyingKey, proof: Proof, parameters: FriParameters = APP_PARAMETERS): void {
  const airs = airsOf(key, proof, parameters);
  const transcript = new Transcript();
  transcript.observe(...key.preHash, airs.length, ...airs.map(air => air.proof.airId));
  for (const { proof: air } of airs) transcript.observe(...air.publicValues);
  for (const { key: air } of airs) transcript.observe(...(air.preprocessed?.commitment ?? []));
  for (const commitment of proof.mainCommitments) transcript.observe(...commitment);
  transcript.observe(...airs.map(air => air.logHeight));

  const { challenges, isBalanced } = challengesOf(airs, proof, parameters, transcript);
  const alpha = transcript.sampleExtension();
  transcript.observe(...proof.quotientCommitment);
  const zeta = transcript.sampleExtension();
  checkShapes(airs, proof);
  verifyOpenings(roundsOf(airs, proof, zeta), proof.fri, parameters, transcript);
  if (challenges !== undefined || airs.every(({ key: air }) => air.permutationWidth === 0))
    checkConstraints(airs, proof, zeta, alpha, challenges ?? []);
  if (!isBalanced) throw new ProofRejected('ChallengePhaseError', 'what the AIRs send and receive does not cancel');
}

/** What can be checked before anything is observed. */
function airsOf(key: VerifyingKey, proof: Proof, { logBlowup }: FriParameters): Air[] {
  const { perAir } = proof;
  for (const { airId } of perAir)
    if (key.airs[airId] === undefined) throw new ProofRejected('UnknownAir', `the key has no AIR ${airId}`);
  for (const { coefficients, threshold } of key.heightConstraints) {
    const sum = perAir.reduce((total, { airId, degree }) => total + BigInt(coefficients[airId]!) * BigInt(degree), 0n);
    if (sum >= BigInt(threshold)) throw invalidShape('the traces are too tall');
  }
  if (new Set(perAir.map(({ airId }) => airId)).size < perAir.length) throw new ProofRejected('DuplicateAirs');
  const keyOf = ({ airId }: AirProof): AirKey => key.airs[airId]!;
  for (const air of perAir)
    if (air.publicValues.length !== keyOf(air).publicValues) throw invalidShape(`public values of AIR ${air.airId}`);
  const cached = perAir.reduce((total, air) => total + keyOf(air).cachedWidths.length, 0);
  if (proof.mainCommitments.length !== cached + 1) throw invalidShape('main commitments');
  const airs = perAir.map(air => ({ key: keyOf(air), proof: air, logHeight: Math.log2(air.degree) }));
  for (const {
    logHeight,
    proof: { airId, degree },
  } of airs) {
    if (!Number.isInteger(logHeight)) throw new ProofRejected('HeightNotPowerOfTwo', `AIR ${airId} has ${degree} rows`);
    if (logHeight + logBlowup > MAX_LOG_HEIGHT) throw invalidShape(`AIR ${airId} has ${degree} rows`);
  }
  const phases = (air: Air): number => (air.key.permutationWidth > 0 ? 1 : 0);
  if (proof.afterChallengeCommitments.length !== Math.max(0, ...airs.map(phases)))
    throw invalidShape('commitments after the challenge');
  for (const air of airs) {
    const { exposedValues, airId } = air.proof;
    if (exposedValues.length !== phases(air) || exposedValues.some(values => values.length !== 1))
      throw invalidShape(`exposed values of AIR ${airId}`);
  }
  return airs;
}

/** The challenges of log-up, undefined where there are none to be had, and whether the cumulative sums cancel. */
function challengesOf(
  airs: readonly Air[],
  proof: Proof,
  { logUpPowBits }: FriParameters,
  transcript: Transcript,
): { readonly challenges: readonly Extension[] | undefined; readonly isBalanced: boolean } {
  if (airs.every(({ key }) => key.permutationWidth === 0)) return { challenges: undefined, isBalanced: true };
  if (proof.logUpWitness === undefined || !transcript.checkWitness(logUpPowBits, proof.logUpWitness))
    return { challenges: undefined, isBalanced: false };
  const challenges = [transcript.sampleExtension(), transcript.sampleExtension()];
  let sum = ZERO;
  for (const [value] of airs.flatMap(air => air.proof.exposedValues)) {
    transcript.observe(...value!);
    sum = add(sum, value!);
  }
  for (const commitment of proof.afterChallengeCommitments) transcript.observe(...commitment);
  return { challenges, isBalanced: equals(sum, ZERO) };
}

const withCommon = (airs: readonly Air[]): Air[] => airs.filter(({ key }) => key.commonWidth > 0);
const withPermutation = (airs: readonly Air[]): Air[] => airs.filter(({ key }) => key.permutationWidth > 0);

function checkShapes(airs: readonly Air[], { opened }: Proof): void {
  const adjacent = (what: string, values: Adjacent | undefined, width: number): void => {
    if (values?.local.length !== width || values.next.length !== width) throw invalidShape(`opened values, ${what}`);
  };
  const preprocessed = airs.flatMap(({ key }) => key.preprocessed ?? []);
  if (opened.preprocessed.length !== preprocessed.length) throw invalidShape('opened values, preprocessed');
  for (const [i, { width }] of preprocessed.entries()) adjacent('preprocessed', opened.preprocessed[i], width);

  const cached = airs.flatMap(({ key }) => key.cachedWidths);
  if (opened.main.length !== cached.length + 1) throw invalidShape('opened values, main');
  for (const [i, width] of cached.entries()) {
    if (opened.main[i]!.length !== 1) throw invalidShape('opened values, cached main');
    adjacent('cached main', opened.main[i]![0], width);
  }
  // Too few are noticed by the transcript, or by the tree at the latest.
  const common = opened.main.at(-1)!;
  if (common.length > withCommon(airs).length) throw invalidShape('opened values, common main');
  for (const [i, values] of common.entries()) adjacent('common main', values, withCommon(airs)[i]!.key.commonWidth);

  const phases = withPermutation(airs).length > 0 ? 1 : 0;
  if (opened.afterChallenge.length !== phases) throw invalidShape('opened values, permutation');
  const permutation = opened.afterChallenge[0] ?? [];
  if (permutation.length > withPermutation(airs).length) throw invalidShape('opened values, permutation');
  for (const [i, values] of permutation.entries())
    adjacent('permutation', values, 4 * withPermutation(airs)[i]!.key.permutationWidth);

  if (opened.quotient.length !== airs.length) throw invalidShape('opened values, quotient');
  for (const [i, chunks] of opened.quotient.entries())
    if (chunks.length !== airs[i]!.key.quotientDegree || chunks.some(chunk => chunk.length !== 4))
      throw invalidShape('opened values, quotient');
}

/** Commitments with what is claimed of them, in the order in which claims are observed and batched. */
function roundsOf(airs: readonly Air[], proof: Proof, zeta: Extension): Round[] {
  const { opened, mainCommitments } = proof;
  const matrix = (logHeight: number, { local, next }: Adjacent): ClaimedMatrix => ({
    logHeight,
    claims: [
      { point: zeta, values: local },
      { point: scale(zeta, rootOfUnity(logHeight)), values: next },
    ],
  });
  const matrices = (of: readonly Air[], values: readonly Adjacent[]): ClaimedMatrix[] =>
    values.map((value, i) => matrix(of[i]!.logHeight, value));
  const rounds: Round[] = airs
    .filter(({ key }) => key.preprocessed !== undefined)
    .map((air, i) => ({
      commitment: air.key.preprocessed!.commitment,
      matrices: matrices([air], [opened.preprocessed[i]!]),
    }));
  const cachedAirs = airs.flatMap(air => air.key.cachedWidths.map(() => air));
  for (const [i, air] of cachedAirs.entries())
    rounds.push({ commitment: mainCommitments[i]!, matrices: matrices([air], opened.main[i]!) });
  rounds.push({ commitment: mainCommitments.at(-1)!, matrices: matrices(withCommon(airs), opened.main.at(-1)!) });
  for (const [i, commitment] of proof.afterChallengeCommitments.entries())
    rounds.push({ commitment, matrices: matrices(withPermutation(airs), opened.afterChallenge[i]!) });
  const chunks = opened.quotient.flatMap((ofAir, i) =>
    ofAir.map(values => ({ logHeight: airs[i]!.logHeight, claims: [{ point: zeta, values }] })),
  );
  rounds.push({ commitment: proof.quotientCommitment, matrices: chunks });
  return rounds;
}

function checkConstraints(
  airs: readonly Air[],
  { opened }: Proof,
  zeta: Extension,
  alpha: Extension,
  challenges: readonly Extension[],
): void {
  let [preprocessed, cached, common, permutation] = [0, 0, 0, 0];
  const present = (values: Adjacent | undefined): Adjacent => {
    if (values === undefined) throw invalidShape('opened values are missing');
    return values;
  };
  for (const [i, { key, proof, logHeight }] of airs.entries()) {
    const main = key.cachedWidths.map(() => present(opened.main[cached++]?.[0]));
    if (key.commonWidth > 0) main.push(present(opened.main.at(-1)![common++]));
    const joined = key.permutationWidth > 0 ? present(opened.afterChallenge[0]?.[permutation++]) : undefined;
    const air: AirValues = {
      preprocessed: key.preprocessed === undefined ? undefined : present(opened.preprocessed[preprocessed++]),
      main,
      permutation: joined && { local: joinColumns(joined.local), next: joinColumns(joined.next) },
      publicValues: proof.publicValues,
      challenges,
      exposed: proof.exposedValues[0] ?? [],
    };
    const folded = foldedConstraints(key, logHeight, zeta, alpha, air);
    const quotient = quotientAt(opened.quotient[i]!, logHeight, zeta, GENERATOR);
    if (!holdsAt(folded, quotient, logHeight, zeta)) throw new ProofRejected('OodEvaluationMismatch', key.name);
  }
}
