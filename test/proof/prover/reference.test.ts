// The prover in plain arithmetic against every value that OpenVM's own prover had on eight small AIRs.

import { expect, it } from 'vitest';
import { interactionChunks } from '../../../codegen/stark/log-up.ts';
import { quotientDegree } from '../../../codegen/stark/nodes.ts';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { dft, extendColumn, idft, reverseBits } from '../../../runtime/fields/baby-bear-ntt.ts';
import { proveAirs } from '../../../src/proof/prover/prove.ts';
import { ReferenceBackend } from '../../../src/proof/prover/reference/backend.ts';
import { encodeProof } from '../../../src/proof/stark/codec.ts';
import { verifyProof } from '../../../src/proof/stark/verify.ts';
import { bytesOf, rv32imKey, small, smallKey, smallParameters } from '../openvm-vectors.ts';
import { columnsOf, smallInputs, smallProvingKey, smallTraces } from './small-set.ts';

const backend = new ReferenceBackend(1);
const key = smallProvingKey(backend);
const inputs = smallInputs(backend);

const vectors = small as unknown as {
  readonly ntt: Readonly<Record<string, readonly number[]>>;
  readonly vk: { readonly airs: readonly { readonly partitions: readonly (readonly number[])[] }[] };
  readonly lde_main_first: { readonly matrices: readonly (readonly (readonly number[])[])[] };
  readonly permutation_traces: Readonly<Record<string, readonly (readonly Extension[])[]>>;
  readonly log_up: {
    readonly alpha: Extension;
    readonly beta: Extension;
    readonly cumulative_sums: Readonly<Record<string, Extension>>;
  };
  readonly quotient: {
    readonly evaluations: Readonly<Record<string, readonly Extension[]>>;
    readonly commitment: readonly number[];
  };
};

it('transforms as upstream does', () => {
  const { ntt } = vectors;
  expect([...dft(ntt.input!)]).toEqual(ntt.dft);
  expect([...idft(ntt.input!)]).toEqual(ntt.idft);
  const extended = extendColumn(ntt.input!, 1);
  expect([...extended]).toEqual(ntt.coset_lde_bit_reversed_as_committed);
  expect(Array.from(extended, (_, i) => extended[reverseBits(i, 5)])).toEqual(ntt.coset_lde_natural);
});

it('puts messages into columns as the key says, and quotients into chunks', () => {
  expect(smallKey.airs.map(air => interactionChunks(air))).toEqual(vectors.vk.airs.map(({ partitions }) => partitions));
  for (const air of [...smallKey.airs, ...rv32imKey.airs]) {
    expect(quotientDegree(air)).toBe(air.quotientDegree);
    if (air.interactions.length > 0) expect(interactionChunks(air).length + 1).toBe(air.permutationWidth);
  }
});

it('commits to the preprocessed table as the key says', () => {
  expect(key.preprocessed.get(1)!.commitment.root).toEqual(smallKey.airs[1]!.preprocessed!.commitment);
});

it('commits to a key by its bytes, as the key says', () => {
  const bytes = Buffer.from((small as unknown as { vk0_bitcode_base64: string }).vk0_bitcode_base64, 'base64');
  const row = backend.matrix({ rows: 1, columns: Array.from(bytes, byte => [byte]) });
  expect(backend.commit([row]).root).toEqual(smallKey.preHash);
});

it('extends the main traces as upstream does', () => {
  const { matrices } = backend.commit(inputs.map(({ common }) => backend.matrix(common)));
  expect(matrices.map(columns => Array.from(columns[0]!, (_, r) => columns.map(column => column[r])))).toEqual(
    vectors.lde_main_first.matrices,
  );
});

it('sums up messages as upstream does', () => {
  const { alpha, beta, cumulative_sums } = vectors.log_up;
  for (const [id, rows] of Object.entries(vectors.permutation_traces)) {
    const { common, cached } = inputs.find(({ airId }) => airId === Number(id))!;
    const main = [...cached.map(({ matrix }) => matrix), backend.matrix(common)];
    const statement = { key: smallKey.airs[Number(id)]!, logHeight: main[0]!.logHeight, challenges: [alpha, beta] };
    const preprocessed = key.preprocessed.get(Number(id))?.matrix;
    const { matrix, sum } = backend.permutation({ ...statement, main, preprocessed });
    expect(matrix.columns).toEqual(columnsOf(rows.map(row => row.flat())).columns);
    expect(sum).toEqual(cumulative_sums[id]);
  }
});

it('makes upstream’s proof word for word', () => {
  const proof = proveAirs(backend, key, inputs, { parameters: smallParameters });
  expect(Buffer.compare(encodeProof(proof), bytesOf(small.proof_codec_base64))).toBe(0);
});

it('makes proofs of what does not hold, which are rejected', () => {
  const wrong = inputs.map(input => (input.airId === 0 ? { ...input, publicValues: [0, 1, 988] } : input));
  const proof = proveAirs(backend, key, wrong, { parameters: smallParameters });
  expect(() => verifyProof(smallKey, proof, smallParameters)).toThrow('OodEvaluationMismatch');
  expect(smallTraces.public_values['0']).toEqual([0, 1, 987]);
});
