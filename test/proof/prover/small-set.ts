// The eight small AIRs that OpenVM's own prover was run on, with their traces, as inputs of ours.

import type { Backend, Commitment, Matrix, PlainColumns } from '../../../src/proof/prover/backend.ts';
import type { AirInput, Cached, ProvingKey } from '../../../src/proof/prover/prove.ts';
import { small, smallKey } from '../openvm-vectors.ts';

type Rows = readonly (readonly number[])[];

export interface SmallTraces {
  readonly preprocessed: Readonly<Record<string, Rows>>;
  readonly public_values: Readonly<Record<string, readonly number[]>>;
  readonly traces: Readonly<Record<string, { readonly common: Rows; readonly cached?: readonly Rows[] }>>;
}

export const smallTraces = small as unknown as SmallTraces;

export const columnsOf = (rows: Rows): PlainColumns => ({
  rows: rows.length,
  columns: rows[0]!.map((_, c) => Int32Array.from(rows, row => row[c]!)),
});

export function cachedOf<M extends Matrix, C extends Commitment, F>(
  backend: Backend<M, C, F>,
  plain: PlainColumns,
): Cached<M, C> {
  const matrix = backend.matrix(plain);
  return { matrix, commitment: backend.commit([matrix]) };
}

export function smallProvingKey<M extends Matrix, C extends Commitment, F>(
  backend: Backend<M, C, F>,
): ProvingKey<M, C> {
  const preprocessed = Object.entries(smallTraces.preprocessed).map(
    ([id, rows]) => [Number(id), cachedOf(backend, columnsOf(rows))] as const,
  );
  return { verifying: smallKey, preprocessed: new Map(preprocessed) };
}

export function smallInputs<M extends Matrix, C extends Commitment, F>(backend: Backend<M, C, F>): AirInput<M, C>[] {
  return Object.entries(smallTraces.traces).map(([id, { common, cached = [] }]) => ({
    airId: Number(id),
    publicValues: smallTraces.public_values[id] ?? [],
    cached: cached.map(rows => cachedOf(backend, columnsOf(rows))),
    common: columnsOf(common),
  }));
}
