// Makes a STARK proof that OpenVM 1.4 accepts: the steps in the order of the transcript. Reference:
// stark-backend:src/prover/coordinator.rs, v1.2.0.

import { assert } from '../../../runtime/errors.ts';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import type { AirKey, VerifyingKey } from '../stark/key.ts';
import { type AirProof, APP_PARAMETERS, type FriParameters, type Proof } from '../stark/proof.ts';
import { Transcript } from '../stark/transcript.ts';
import type { Backend, Commitment, Committed, Matrix, PlainColumns } from './backend.ts';
import { type OpenedRound, proveOpenings, valuesAt } from './openings.ts';

/** A matrix that is alone in its commitment, made before the proof. */
export interface Cached<M extends Matrix, C extends Commitment> {
  readonly matrix: M;
  readonly commitment: C;
}

/** A key with what only a prover needs. */
export interface ProvingKey<M extends Matrix, C extends Commitment> {
  readonly verifying: VerifyingKey;
  /** By AIR, of those that have preprocessed columns. */
  readonly preprocessed: ReadonlyMap<number, Cached<M, C>>;
}

/** An AIR of a proof. */
export interface AirInput<M extends Matrix, C extends Commitment> {
  readonly airId: number;
  readonly publicValues: readonly number[];
  readonly cached: readonly Cached<M, C>[];
  readonly common: PlainColumns;
}

/** What is told of a proof's progress. */
export type Stage = 'main' | 'permutation' | 'quotient' | 'opening';

interface Air<M extends Matrix, C extends Commitment> {
  readonly airId: number;
  readonly key: AirKey;
  readonly publicValues: readonly number[];
  readonly preprocessed: Cached<M, C> | undefined;
  readonly cached: readonly Cached<M, C>[];
  readonly common: M;
}

/** The permutation traces of AIRs with messages. */
interface LogUp<M extends Matrix, C extends Commitment> {
  readonly airIds: readonly number[];
  readonly matrices: readonly M[];
  readonly sums: readonly Extension[];
  readonly commitment: C;
  readonly challenges: readonly Extension[];
  readonly witness: number;
}

export interface ProveOptions {
  readonly parameters?: FriParameters;
  readonly onStage?: (stage: Stage) => void;
}

/**
 * The proof of AIRs that have rows, in ascending order of their numbers. That their constraints hold is not looked at: a proof of
 * what does not hold is rejected by who verifies it.
 */
export function proveAirs<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  key: ProvingKey<M, C>,
  inputs: readonly AirInput<M, C>[],
  { parameters = APP_PARAMETERS, onStage = () => undefined }: ProveOptions = {},
): Proof {
  const transcript = new Transcript();
  transcript.observe(...key.verifying.preHash, inputs.length, ...inputs.map(({ airId }) => airId));
  onStage('main');
  const airs = inputs.map(input => airOf(backend, key, input));
  const common = backend.commit(airs.map(air => air.common));
  observeMain(transcript, airs, common);
  onStage('permutation');
  const logUp = proveLogUp(backend, airs, parameters, transcript);
  onStage('quotient');
  const alpha = transcript.sampleExtension();
  const chunks = airs.map((_, i) => quotientOf(backend, airs, i, common, logUp, alpha));
  const quotient = backend.commit(chunks.flat());
  transcript.observe(...quotient.root);
  onStage('opening');
  const zeta = transcript.sampleExtension();
  const rounds = roundsOf(airs, common, logUp, { commitment: quotient, matrices: chunks.flat(), hasNext: false });
  const values = valuesAt(backend, rounds, zeta);
  const fri = proveOpenings(backend, rounds, values, zeta, parameters, transcript);
  const firstMain = airs.filter(air => air.preprocessed !== undefined).length;
  const firstAfter = firstMain + airs.flatMap(air => air.cached).length + 1;
  let chunk = 0;
  return {
    mainCommitments: [...airs.flatMap(air => air.cached.map(({ commitment }) => commitment.root)), common.root],
    afterChallengeCommitments: logUp === undefined ? [] : [logUp.commitment.root],
    quotientCommitment: quotient.root,
    fri,
    opened: {
      preprocessed: values.slice(0, firstMain).map(([value]) => value!),
      main: values.slice(firstMain, firstAfter),
      afterChallenge: values.slice(firstAfter, -1),
      quotient: chunks.map(ofAir => ofAir.map(() => values.at(-1)![chunk++]!.local)),
    },
    perAir: airs.map(air => airProof(air, logUp)),
    logUpWitness: logUp?.witness,
  };
}

function airOf<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  { verifying, preprocessed }: ProvingKey<M, C>,
  { airId, publicValues, cached, common }: AirInput<M, C>,
): Air<M, C> {
  const key = verifying.airs[airId]!;
  const fixed = preprocessed.get(airId);
  assert(common.columns.length === key.commonWidth, `prover: ${common.columns.length} columns of AIR ${airId}`);
  assert(cached.length === key.cachedWidths.length, `prover: ${cached.length} cached traces of AIR ${airId}`);
  assert((fixed === undefined) === (key.preprocessed === undefined), `prover: preprocessed trace of AIR ${airId}`);
  return { airId, key, publicValues, preprocessed: fixed, cached, common: backend.matrix(common) };
}

function observeMain<M extends Matrix, C extends Commitment>(
  transcript: Transcript,
  airs: readonly Air<M, C>[],
  common: C,
): void {
  for (const { publicValues } of airs) transcript.observe(...publicValues);
  for (const { preprocessed } of airs) transcript.observe(...(preprocessed?.commitment.root ?? []));
  for (const { cached } of airs) for (const { commitment } of cached) transcript.observe(...commitment.root);
  transcript.observe(...common.root);
  transcript.observe(...airs.map(air => air.common.logHeight));
}

/** Undefined where no AIR has messages. */
function proveLogUp<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  all: readonly Air<M, C>[],
  { logUpPowBits }: FriParameters,
  transcript: Transcript,
): LogUp<M, C> | undefined {
  const airs = all.filter(({ key }) => key.permutationWidth > 0);
  if (airs.length === 0) return undefined;
  const witness = backend.grind(transcript, logUpPowBits);
  const challenges = [transcript.sampleExtension(), transcript.sampleExtension()];
  const made = airs.map(({ key, common, preprocessed, cached }) =>
    backend.permutation({
      key,
      logHeight: common.logHeight,
      preprocessed: preprocessed?.matrix,
      main: [...cached.map(({ matrix }) => matrix), common],
      challenges,
    }),
  );
  for (const { sum } of made) transcript.observe(...sum);
  const matrices = made.map(({ matrix }) => matrix);
  const commitment = backend.commit(matrices);
  transcript.observe(...commitment.root);
  const sums = made.map(({ sum }) => sum);
  return { airIds: airs.map(({ airId }) => airId), matrices, sums, commitment, challenges, witness };
}

/** The sum over all rows of an AIR with messages. */
function exposedOf<M extends Matrix, C extends Commitment>(logUp: LogUp<M, C> | undefined, airId: number): Extension[] {
  const at = logUp?.airIds.indexOf(airId) ?? -1;
  return at < 0 ? [] : [logUp!.sums[at]!];
}

/** The chunks of the `index`th AIR's quotient. */
function quotientOf<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  airs: readonly Air<M, C>[],
  index: number,
  common: C,
  logUp: LogUp<M, C> | undefined,
  alpha: Extension,
): readonly M[] {
  const air = airs[index]!;
  const alone = (cached: Cached<M, C>): Committed<C> => ({ commitment: cached.commitment, index: 0 });
  const withMessages = logUp?.airIds.indexOf(air.airId) ?? -1;
  return backend.quotient({
    key: air.key,
    logHeight: air.common.logHeight,
    preprocessed: air.preprocessed && alone(air.preprocessed),
    main: [...air.cached.map(alone), { commitment: common, index }],
    permutation: withMessages < 0 ? undefined : { commitment: logUp!.commitment, index: withMessages },
    challenges: logUp?.challenges ?? [],
    publicValues: air.publicValues,
    exposed: exposedOf(logUp, air.airId),
    alpha,
  });
}

/** Commitments in the order in which they are opened. */
function roundsOf<M extends Matrix, C extends Commitment>(
  airs: readonly Air<M, C>[],
  common: C,
  logUp: LogUp<M, C> | undefined,
  quotient: OpenedRound<M, C>,
): OpenedRound<M, C>[] {
  const alone = ({ matrix, commitment }: Cached<M, C>): OpenedRound<M, C> => ({
    commitment,
    matrices: [matrix],
    hasNext: true,
  });
  return [
    ...airs.flatMap(({ preprocessed }) => (preprocessed === undefined ? [] : [alone(preprocessed)])),
    ...airs.flatMap(({ cached }) => cached.map(alone)),
    { commitment: common, matrices: airs.map(air => air.common), hasNext: true },
    ...(logUp === undefined ? [] : [{ commitment: logUp.commitment, matrices: logUp.matrices, hasNext: true }]),
    quotient,
  ];
}

function airProof<M extends Matrix, C extends Commitment>(
  { airId, common, publicValues }: Air<M, C>,
  logUp: LogUp<M, C> | undefined,
): AirProof {
  const exposed = exposedOf(logUp, airId);
  return { airId, degree: 2 ** common.logHeight, exposedValues: exposed.length > 0 ? [exposed] : [], publicValues };
}
