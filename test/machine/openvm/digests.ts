// Digests of columns as the data has them: over rows in order, or sorted where upstream leaves their order open.

import { createHash } from 'node:crypto';
import { type Columns, rowMajor } from '../../../runtime/columns/columns.ts';
import type { TinyProgram } from './programs.ts';

const sha256 = (words: Uint32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    .digest('hex');

function rowsOf(columns: Columns): Uint32Array {
  return rowMajor(columns, 0, columns.rows, new Uint32Array(columns.rows * columns.width));
}

function sorted(words: Uint32Array, width: number): Uint32Array {
  const rows = Array.from({ length: words.length / width }, (_, i) => words.subarray(i * width, (i + 1) * width));
  rows.sort((a, b) => {
    const i = a.findIndex((word, at) => word !== b[at]);
    return i < 0 ? 0 : a[i]! - b[i]!;
  });
  const all = new Uint32Array(words.length);
  for (const [i, row] of rows.entries()) all.set(row, i * width);
  return all;
}

type Told = TinyProgram['traces'][string]['segments'][number]['airs'][number];

export const digestOf = (columns: Columns): string => sha256(rowsOf(columns));

/** In the order that the data has. */
export function digestAs(columns: Columns, { sha256_rows_sorted: free }: Told): string {
  return free === undefined ? digestOf(columns) : sha256(sorted(rowsOf(columns), columns.width));
}

export const upstreamDigest = (air: Told): string | undefined => air.sha256_rows_sorted ?? air.sha256;
