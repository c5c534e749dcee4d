// Proves what columns are at points outside the trace's domain: values, batched functions, FRI. Reference: Plonky3's
// TwoAdicFriPcs with the fixes of June 2025.

import { assert } from '../../../runtime/errors.ts';
import { rootOfUnity } from '../../../runtime/fields/baby-bear.ts';
import { type Extension, scale } from '../../../runtime/fields/baby-bear-extension.ts';
import { type Batch, batchesOf, type ClaimedMatrix } from '../stark/batching.ts';
import type { Adjacent, FriParameters, FriProof, LayerOpening, QueryProof } from '../stark/proof.ts';
import type { Transcript } from '../stark/transcript.ts';
import type { Backend, Commitment, Matrix } from './backend.ts';

/** One commitment and its matrices. */
export interface OpenedRound<M extends Matrix, C extends Commitment> {
  readonly commitment: C;
  readonly matrices: readonly M[];
  /** Opened at the next row's point too: all but quotients. */
  readonly hasNext: boolean;
}

/** The values of all matrices at ζ and the next row's point. */
export function valuesAt<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  rounds: readonly OpenedRound<M, C>[],
  zeta: Extension,
): Adjacent[][] {
  return rounds.map(({ matrices }) => matrices.map(matrix => backend.evaluate(matrix, zeta)));
}

const claimed = (
  { logHeight }: Matrix,
  { local, next }: Adjacent,
  zeta: Extension,
  hasNext: boolean,
): ClaimedMatrix => ({
  logHeight,
  claims: [
    { point: zeta, values: local },
    ...(hasNext ? [{ point: scale(zeta, rootOfUnity(logHeight)), values: next }] : []),
  ],
});

export function proveOpenings<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  rounds: readonly OpenedRound<M, C>[],
  values: readonly (readonly Adjacent[])[],
  zeta: Extension,
  { logBlowup, queries, powBits }: FriParameters,
  transcript: Transcript,
): FriProof {
  const claims = rounds.map(({ commitment, matrices, hasNext }, i) => ({
    commitment: commitment.root,
    matrices: matrices.map((matrix, j) => claimed(matrix, values[i]![j]!, zeta, hasNext)),
  }));
  for (const { matrices } of claims)
    for (const matrix of matrices) for (const claim of matrix.claims) transcript.observe(...claim.values.flat());
  const batches = batchesOf(claims, transcript.sampleExtension());
  const commitments = rounds.map(({ commitment }) => commitment);
  const { layers, finalValue, logTallest } = foldAll(backend, batches, commitments, logBlowup, transcript);
  transcript.observe(...finalValue);
  const powWitness = backend.grind(transcript, powBits);
  const answers = Array.from({ length: queries }, (): QueryProof => {
    const index = transcript.sampleBits(logTallest);
    return {
      inputs: commitments.map((commitment, i) => {
        const logRound = Math.max(...rounds[i]!.matrices.map(({ logHeight }) => logHeight)) + logBlowup;
        return backend.open(commitment, Math.floor(index / 2 ** (logTallest - logRound)));
      }),
      layers: layers.map((layer, i) => layerOpening(backend, layer, Math.floor(index / 2 ** i))),
    };
  });
  return {
    layerCommitments: layers.map(({ root }) => root),
    queries: answers,
    finalPolynomial: [finalValue],
    powWitness,
  };
}

/** Folds until all values are one, with a commitment before each fold. */
function foldAll<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  batches: readonly Batch[],
  commitments: readonly C[],
  logBlowup: number,
  transcript: Transcript,
): { layers: C[]; finalValue: Extension; logTallest: number } {
  const functions = backend.reduce(batches, commitments);
  const logTallest = Math.max(...functions.keys());
  let values = functions.get(logTallest) as Fold;
  const layers: C[] = [];
  for (let logSize = logTallest; logSize > logBlowup; logSize--) {
    const layer = backend.commitPairs(values);
    transcript.observe(...layer.root);
    layers.push(layer);
    values = backend.fold(values, transcript.sampleExtension(), functions.get(logSize - 1));
  }
  assert(layers.length > 0, 'prover: all traces have one row');
  return { layers, finalValue: backend.constant(values), logTallest };
}

/** The other one of the pair that has value `index`, and the way to the root. */
function layerOpening<M extends Matrix, C extends Commitment, Fold>(
  backend: Backend<M, C, Fold>,
  layer: C,
  index: number,
): LayerOpening {
  const { rows, siblings } = backend.open(layer, Math.floor(index / 2));
  const [pair] = rows;
  const siblingValue = (index % 2 === 1 ? pair!.slice(0, 4) : pair!.slice(4)) as unknown as Extension;
  return { siblingValue, siblings };
}
