// Digests of a chip's columns: over canonical u32, little-endian, row by row.

import { createHash } from 'node:crypto';
import { type Columns, rowMajor } from '../../../../runtime/columns/columns.ts';

const BLOCK = 256;
/** Of Global only these columns do not depend on the order of rows. */
const GLOBAL_COLUMNS = 212;

export function digestOf(columns: Columns): Buffer {
  const hash = createHash('sha256');
  const block = new Uint32Array(BLOCK * columns.width);
  for (let row = 0; row < columns.rows; row += BLOCK) {
    hash.update(rowMajor(columns, row, Math.min(columns.rows, row + BLOCK), block));
  }
  return hash.digest();
}

/** Over the rows sorted as byte strings: for chips whose order SP1 leaves open. */
export function orderFreeDigestOf(columns: Columns): Buffer {
  const width = columns.name === 'Global' ? GLOBAL_COLUMNS : columns.width;
  const narrow = { ...columns, width };
  const all = rowMajor(narrow, 0, columns.rows, new Uint32Array(width * columns.rows));
  const bytes = Buffer.from(all.buffer, all.byteOffset, all.byteLength);
  const rows = Array.from({ length: columns.rows }, (_, i) => bytes.subarray(4 * width * i, 4 * width * (i + 1)));
  const hash = createHash('sha256');
  for (const row of rows.sort(Buffer.compare)) hash.update(row);
  return hash.digest();
}

/** Over the rows sorted by their numbers, column by column: for AIRs whose order OpenVM leaves open. */
export function sortedDigestOf(columns: Columns): Buffer {
  const { width, rows } = columns;
  const all = rowMajor(columns, 0, rows, new Uint32Array(width * rows));
  const before = (a: number, b: number): number => {
    for (let i = 0; i < width; i++) {
      const difference = all[a * width + i]! - all[b * width + i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const hash = createHash('sha256');
  for (const row of Array.from({ length: rows }, (_, i) => i).sort(before))
    hash.update(all.subarray(row * width, (row + 1) * width));
  return hash.digest();
}
