// The prover's WebAssembly against the one in plain arithmetic, operation by operation, then a whole proof of upstream's.

import { describe, expect, it } from 'vitest';
import { P } from '../../../runtime/fields/baby-bear.ts';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { extendColumn, reverseBits } from '../../../runtime/fields/baby-bear-ntt.ts';
import type { Committed, PlainColumns } from '../../../src/proof/prover/backend.ts';
import { LaneBackend } from '../../../src/proof/prover/lanes/backend.ts';
import { SoleCrew } from '../../../src/proof/prover/lanes/crew.ts';
import type { LaneFold } from '../../../src/proof/prover/lanes/folds.ts';
import { canonicalColumns, type LaneMatrix } from '../../../src/proof/prover/lanes/matrices.ts';
import { proveAirs } from '../../../src/proof/prover/prove.ts';
import { ReferenceBackend } from '../../../src/proof/prover/reference/backend.ts';
import { batchesOf } from '../../../src/proof/stark/batching.ts';
import { encodeProof } from '../../../src/proof/stark/codec.ts';
import { Transcript } from '../../../src/proof/stark/transcript.ts';
import { bytesOf, small, smallKey, smallParameters } from '../openvm-vectors.ts';
import { smallInputs, smallProvingKey } from './small-set.ts';

const lanes = new LaneBackend(new SoleCrew(), smallKey);
const reference = new ReferenceBackend(1);
/** Words that look random, p - 1 and 0 among them. */
let seed = 1;
const word = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed % 16 === 0 ? P - 1 : seed % 16 === 1 ? 0 : seed % P;
};
const element = (): Extension => [word(), word(), word(), word()];
const randomColumns = (rows: number, width: number): PlainColumns => ({
  rows,
  columns: Array.from({ length: width }, () => Int32Array.from({ length: rows }, word)),
});
const canonical = (matrix: LaneMatrix): unknown => canonicalColumns(lanes.arena, matrix).columns;

describe.each([[[1]], [[2, 1]], [[4, 8]], [[16, 64, 16, 2]], [[256, 32, 1]]])('matrices of %j rows', heights => {
  const columns = heights.map((rows, i) => randomColumns(rows, [9, 1, 3, 2][i]!));
  const pair = [lanes, reference] as const;
  const [made, expected] = [
    lanes.commit(columns.map(one => lanes.matrix(one))),
    reference.commit(columns.map(one => reference.matrix(one))),
  ];

  it('have one root', () => {
    expect(made.root).toEqual(expected.root);
  });

  it('are opened alike', () => {
    const tallest = 2 * Math.max(...heights);
    for (const index of [0, 1, tallest - 1, Math.floor(tallest / 3)])
      expect(lanes.open(made, index)).toEqual(reference.open(expected, index));
  });

  it('have the same values at a point', () => {
    const z = element();
    for (const one of columns) {
      const [value, other] = pair.map(backend => backend.evaluate(backend.matrix(one) as never, z));
      expect(value).toEqual(other);
    }
  });

  it('become the same functions, which fold alike', () => {
    const claims = columns.map((one, i) => ({
      logHeight: Math.log2(one.rows),
      claims: Array.from({ length: i === 1 ? 1 : 2 }, (_, j) => ({
        point: [7, j, 9, 8] as Extension,
        values: one.columns.map(element),
      })),
    }));
    const batches = batchesOf([{ commitment: expected.root, matrices: claims }], element());
    const [folds, others] = [lanes.reduce(batches, [made]), reference.reduce(batches, [expected])];
    expect([...folds.keys()]).toEqual([...others.keys()]);
    for (const [logSize, fold] of folds) {
      same(valuesOf(fold), others.get(logSize));
      if (logSize < 2) continue;
      const beta = element();
      const [joining, other] = [folds.get(logSize - 1), others.get(logSize - 1)];
      expect(lanes.commitPairs(fold).root).toEqual(reference.commitPairs(others.get(logSize)!).root);
      same(valuesOf(lanes.fold(fold, beta, joining)), reference.fold(others.get(logSize)!, beta, other));
    }
  });
});

/** Of long lists a difference takes minutes to print. */
const same = (a: unknown, b: unknown): void => expect(JSON.stringify(a) === JSON.stringify(b)).toBe(true);

/** In bit-reversed order. */
function valuesOf({ base, stride, logSize }: LaneFold): Extension[] {
  return Array.from({ length: 2 ** logSize }, (_, i) =>
    lanes.arena.extension(base + 4 * reverseBits(i, logSize), stride),
  );
}

describe.each(smallKey.airs.filter(({ name }) => name !== 'absent').map((key, airId) => [airId, key] as const))(
  'AIR %i',
  (_, key) => {
    it.each([1, 2, 8, 64])('has the same sums and quotient on %i rows', rows => {
      const logHeight = Math.log2(rows);
      const plainParts = [...key.cachedWidths, key.commonWidth].map(width => randomColumns(rows, width));
      const plainFixed = key.preprocessed && randomColumns(rows, key.preprocessed.width);
      const challenges = key.permutationWidth > 0 ? [element(), element()] : [];
      const [ours, theirs] = ([lanes, reference] as const).map(backend => {
        const main = plainParts.map(part => backend.matrix(part) as never);
        const preprocessed = plainFixed && (backend.matrix(plainFixed) as never);
        const statement = { key, logHeight, challenges };
        const permutation =
          challenges.length === 0 ? undefined : backend.permutation({ ...statement, main, preprocessed });
        const committed = (matrix: never): Committed<never> => ({
          commitment: backend.commit([matrix]) as never,
          index: 0,
        });
        const chunks = backend.quotient({
          ...statement,
          main: main.map(committed),
          preprocessed: preprocessed && committed(preprocessed),
          permutation: permutation && committed(permutation.matrix as never),
          publicValues: Array.from({ length: key.publicValues }, (__, i) => 3 + i),
          exposed: [[1, 2, 3, 4]],
          alpha: [5, 6, 7, 8],
        });
        return { permutation, chunks };
      });
      expect(ours!.permutation?.sum).toEqual(theirs!.permutation?.sum);
      if (ours!.permutation)
        same(
          canonical(ours!.permutation.matrix as LaneMatrix),
          (theirs!.permutation!.matrix as unknown as { columns: unknown }).columns,
        );
      expect(ours!.chunks.map(({ shift }) => shift)).toEqual(theirs!.chunks.map(({ shift }) => shift));
      same(
        ours!.chunks.map(one => canonical(one as LaneMatrix)),
        theirs!.chunks.map(one => (one as unknown as { columns: unknown }).columns),
      );
    });
  },
);

it('extends columns beyond a block of the first cache', () => {
  const column = randomColumns(8192, 1);
  const made = lanes.commit([lanes.matrix(column)]);
  const expected = extendColumn(column.columns[0]!, 1);
  const rows = [0, 1, 2, 8191, 8192, 9999, 16_383];
  expect(rows.map(row => lanes.open(made, row).rows)).toEqual(rows.map(row => [[expected[row]]]));
});

it('grinds the least witness', () => {
  for (let i = 0; i < 10; i++) {
    const transcript = new Transcript();
    transcript.observe(...Array.from({ length: i }, word));
    const copy = transcript.copy();
    expect(lanes.grind(transcript, 9)).toBe(reference.grind(copy, 9));
    expect(transcript.state).toEqual(copy.state);
  }
});

it('makes upstream’s proof of eight small AIRs word for word', () => {
  const key = smallProvingKey(lanes);
  const proof = proveAirs(lanes, key, smallInputs(lanes), { parameters: smallParameters });
  expect(Buffer.compare(encodeProof(proof), bytesOf(small.proof_codec_base64))).toBe(0);
});

it('makes it beyond 2 GiB of memory', () => {
  const high = new LaneBackend(new SoleCrew(), smallKey);
  high.arena.take(2 ** 29 + 2 ** 20);
  const proof = proveAirs(high, smallProvingKey(high), smallInputs(high), { parameters: smallParameters });
  expect(Buffer.compare(encodeProof(proof), bytesOf(small.proof_codec_base64))).toBe(0);
});
