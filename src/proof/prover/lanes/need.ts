// How much memory a proof takes, from the heights of its traces: told before any of it is made.

import type { AirKey, VerifyingKey } from '../../stark/key.ts';
import { LOG_BLOWUP } from './instances.ts';

const WORD_BYTES = 4;
const DIGEST_BYTES = 32;
const ELEMENT_BYTES = 16;
/** Of columns with their tails, lists and digests of small traces: measured at most 4 % above the sum. */
const MARGIN = 1.05;
/** Powers of roots and the proving key of the RV32IM machine: trees over its tables of 2^16, 2^18 and 2^19 rows. */
const KEY_BYTES = 165 * 2 ** 20;

/** Columns of main trace, permutation trace and quotient. */
const columnsOf = ({ commonWidth, permutationWidth, quotientDegree }: AirKey): number =>
  commonWidth + 4 * permutationWidth + 4 * quotientDegree;

/** Bytes of the prover's memory for one proof; `heights` by AIR, 0 of those that are left out. */
export function proofBytes({ airs }: VerifyingKey, heights: readonly number[]): number {
  const padded = heights.map(rows => (rows === 0 ? 0 : 2 ** Math.ceil(Math.log2(rows))));
  const blowup = 2 ** LOG_BLOWUP;
  const tallest = blowup * Math.max(...padded);
  const distinct = [...new Set(padded)].reduce((sum, rows) => sum + rows, 0);
  const cells = padded.reduce((sum, rows, id) => sum + rows * columnsOf(airs[id]!), 0);
  const matrices = WORD_BYTES * cells * (1 + blowup);
  // Three trees of pairs, and in each the digests of rows of every height.
  const trees = 3 * DIGEST_BYTES * (tallest + blowup * distinct);
  // Sums at two points, weights of a trace's domain and of two cosets; then what FRI folds, with its trees.
  const openings = blowup * distinct * (2 * ELEMENT_BYTES) + 3 * distinct * ELEMENT_BYTES;
  const folds = tallest * (ELEMENT_BYTES + 2 * DIGEST_BYTES);
  return Math.ceil(MARGIN * (matrices + trees + openings + folds)) + KEY_BYTES;
}
