// The functions that FRI folds, in a prover's memory: values in natural order, the words of an element in four columns.

import { GENERATOR, inverse, power, rootOfUnity } from '../../../../runtime/fields/baby-bear.ts';
import { add, type Extension, mul as multiply, scale, ZERO } from '../../../../runtime/fields/baby-bear-extension.ts';
import type { Batch, BatchedMatrix } from '../../stark/batching.ts';
import { fold } from '../../stark/fri.ts';
import { kernelCall, type LaneCall } from './calls.ts';
import { type ExtendedMatrix, LEAST_ROWS, takeMatrix } from './matrices.ts';
import type { RowContext } from './rows.ts';
import type { LaneCommitment } from './trees.ts';

/** Value j is at 31 g^j before the first fold, at g^j after. */
export interface LaneFold {
  readonly base: number;
  readonly stride: number;
  readonly logSize: number;
}

/** Sums of one height: of each point, four columns, with what is claimed of them. */
interface Sums extends LaneFold {
  readonly points: Extension[];
  readonly claims: Extension[];
}

const TILE = 4096;
const INVERSE_GENERATOR = inverse(GENERATOR);

export function reduceAll(
  context: RowContext,
  batches: readonly Batch[],
  commitments: readonly LaneCommitment<ExtendedMatrix>[],
): Map<number, LaneFold> {
  const { arena } = context;
  const sums = new Map<number, Sums>();
  const tables = new Map<number, number>();
  for (const [i, batch] of batches.entries())
    for (const [j, matrix] of batch.matrices.entries()) {
      const extended = commitments[i]!.matrices[j]!;
      const { logHeight } = extended;
      let sum = sums.get(logHeight);
      if (sum === undefined) {
        const { base, stride } = takeMatrix(arena, logHeight, 8);
        arena.words.fill(0, base / 4, (base + 8 * stride) / 4);
        sum = { base, stride, logSize: logHeight, points: [], claims: [ZERO, ZERO] };
        sums.set(logHeight, sum);
      }
      const table = tables.get(matrix.columns) ?? powerTable(context, batch.powers, matrix.columns);
      tables.set(matrix.columns, table);
      addMatrix(context, extended, matrix, table, sum);
    }
  for (const sum of sums.values()) divide(context, sum);
  return sums;
}

/**
 * α^k for as many columns, each word four times. Kernels take four columns at a time: what they read behind the last one counts
 * zero times.
 */
function powerTable({ arena }: RowContext, powers: readonly Extension[], columns: number): number {
  const all = [...powers.slice(0, columns), ZERO, ZERO, ZERO];
  return arena.place(all.flatMap(power => power.flatMap(word => [word, word, word, word])));
}

/** Adds f Σ α^k column k, with the factor f of each of its points. */
function addMatrix(
  { arena, crew }: RowContext,
  { base, stride, columns, logHeight }: ExtendedMatrix,
  { claims }: BatchedMatrix,
  powers: number,
  sums: Sums,
): void {
  const rows = 2 ** logHeight;
  // x - z = 31 (x/31 - z/31): the 31 goes into the factors.
  const factors = claims.map(({ factor }) => scale(factor, INVERSE_GENERATOR));
  for (const [i, { point, sum }] of claims.entries()) {
    sums.points[i] = point;
    sums.claims[i] = add(sums.claims[i]!, multiply(factors[i]!, sum));
  }
  const at = arena.place([...factors, ZERO].slice(0, 2).flat());
  const calls: LaneCall[] = [];
  for (let row = 0; row < rows; row += TILE)
    calls.push(
      kernelCall(
        'weighRows',
        ...[base + 4 * row, stride, Math.ceil(columns.length / 4), Math.min(TILE, rows - row), powers, at],
        ...[sums.base + 4 * row, sums.stride, claims.length],
      ),
    );
  crew.run(calls);
}

function divide({ arena, crew, tables }: RowContext, { base, stride, logSize, points, claims }: Sums): void {
  const rows = 2 ** logSize;
  const domain = tables.domain(logSize);
  const constants = arena.place(points.flatMap((point, i) => [...scale(point, INVERSE_GENERATOR), ...claims[i]!]));
  const calls: LaneCall[] = [];
  for (let row = 0; row < rows; row += TILE)
    calls.push(
      kernelCall(
        'divide',
        ...[domain + 4 * row, base + 4 * row, stride, Math.min(TILE, rows - row), constants, points.length],
      ),
    );
  crew.run(calls);
}

/** Half as many values: the line through (x, even) and (-x, odd) at β, and β² times what joins. */
export function foldHalf(
  context: RowContext,
  values: LaneFold,
  beta: Extension,
  joining: LaneFold | undefined,
): LaneFold {
  const { arena, crew, tables } = context;
  const logSize = values.logSize - 1;
  const rows = 2 ** logSize;
  const { base, stride } = takeMatrix(arena, logSize, 4);
  const made = { base, stride, logSize };
  if (rows < LEAST_ROWS) {
    foldFew(context, values, beta, joining, made);
    return made;
  }
  const { factors } = tables.levels('inverses', values.logSize);
  const half = scale(beta, inverse(2));
  const constants = arena.place([...half, ...multiply(beta, beta)]);
  const calls: LaneCall[] = [];
  for (let row = 0; row < rows; row += TILE) {
    const at = (address: number): number => address + 4 * row;
    calls.push(
      kernelCall(
        'fold',
        ...[at(values.base), values.stride, 4 * rows, at(base), stride, Math.min(TILE, rows - row)],
        ...[at(factors + 4 * rows), constants, joining === undefined ? 0 : at(joining.base), joining?.stride ?? 0],
      ),
    );
  }
  crew.run(calls);
  return made;
}

function foldFew(
  { arena }: RowContext,
  values: LaneFold,
  beta: Extension,
  joining: LaneFold | undefined,
  to: LaneFold,
): void {
  const rows = 2 ** to.logSize;
  const value = ({ base, stride }: LaneFold, j: number): Extension => arena.extension(base + 4 * j, stride);
  for (let j = 0; j < rows; j++) {
    const x = power(rootOfUnity(values.logSize), j);
    const folded = fold(value(values, j), value(values, j + rows), beta, x);
    const joined = joining === undefined ? folded : add(folded, multiply(multiply(beta, beta), value(joining, j)));
    for (const [e, word] of joined.entries()) arena.write(to.base + e * to.stride + 4 * j, [word]);
  }
}
