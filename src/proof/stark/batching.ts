// How claims about the columns of many matrices become one function for each height: by powers of α, which run on through
// commitments, points and columns.

import { add as addBase, mul } from '../../../runtime/fields/baby-bear.ts';
import {
  add,
  type Extension,
  equals,
  inverse,
  mul as multiply,
  ONE,
  sub,
  ZERO,
} from '../../../runtime/fields/baby-bear-extension.ts';
import type { TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';

export interface Opening {
  readonly point: Extension;
  /** By column. */
  readonly values: readonly Extension[];
}

export interface ClaimedMatrix {
  /** log2 of the trace's height. */
  readonly logHeight: number;
  readonly claims: readonly Opening[];
}

/** One commitment and its matrices, in its order. */
export interface Round {
  readonly commitment: TreeDigest;
  readonly matrices: readonly ClaimedMatrix[];
}

/** What is claimed at one point, by one sum over the columns k: α^first Σ α^k p_k(z). */
export interface BatchedClaim {
  readonly point: Extension;
  readonly factor: Extension;
  readonly sum: Extension;
}

export interface BatchedMatrix {
  /** log2 of the trace's height. */
  readonly logHeight: number;
  readonly columns: number;
  readonly claims: readonly BatchedClaim[];
}

/** One commitment with its claims, by matrix. */
export interface Batch {
  readonly commitment: TreeDigest;
  readonly matrices: readonly BatchedMatrix[];
  /** α^k for each column of the widest. */
  readonly powers: readonly Extension[];
}

const weigh = (values: readonly Extension[], powers: readonly Extension[]): Extension =>
  values.reduce((sum, value, k) => add(sum, multiply(powers[k]!, value)), ZERO);

/** Powers of α run on through rounds, points and columns, for each height by itself. */
export function batchesOf(rounds: readonly Round[], alpha: Extension): Batch[] {
  const columns = rounds.flatMap(({ matrices }) =>
    matrices.flatMap(({ claims }) => claims.map(one => one.values.length)),
  );
  const powers = [ONE];
  while (powers.length <= Math.max(0, ...columns)) powers.push(multiply(powers.at(-1)!, alpha));
  const next = new Map<number, Extension>();
  const batched = ({ logHeight, claims }: ClaimedMatrix): BatchedMatrix => ({
    logHeight,
    columns: claims[0]!.values.length,
    claims: claims.map(({ point, values }) => {
      const factor = next.get(logHeight) ?? ONE;
      next.set(logHeight, multiply(factor, powers[values.length]!));
      return { point, factor, sum: weigh(values, powers) };
    }),
  });
  return rounds.map(({ commitment, matrices }) => ({
    commitment,
    matrices: matrices.map(batched),
    powers,
  }));
}

/** 1 / (x − z) for the points z of a height's claims, which all matrices of the height share. */
export function divisorsAt(x: Extension): (point: Extension) => Extension {
  const known: (readonly [point: Extension, divisor: Extension])[] = [];
  return point => {
    const found = known.find(([other]) => equals(other, point));
    if (found !== undefined) return found[1];
    const divisor = inverse(sub(x, point));
    known.push([point, divisor]);
    return divisor;
  };
}

/** What a row at x of a matrix adds to its height's function: Σ α^k (p_k(x) − p_k(z)) / (x − z). */
export function reducedRow(
  row: ArrayLike<number>,
  claims: readonly BatchedClaim[],
  powers: readonly Extension[],
  divisor: (point: Extension) => Extension,
): Extension {
  const sum = weighRow(row, powers);
  return claims.reduce((total, claim) => {
    const quotient = multiply(sub(sum, claim.sum), divisor(claim.point));
    return add(total, multiply(claim.factor, quotient));
  }, ZERO);
}

/** Σ α^k p_k(x): most of a query's field arithmetic. */
function weighRow(row: ArrayLike<number>, powers: readonly Extension[]): Extension {
  let [a, b, c, d] = ZERO;
  for (let k = 0; k < row.length; k++) {
    const value = row[k]!;
    const power = powers[k]!;
    a = addBase(a, mul(value, power[0]));
    b = addBase(b, mul(value, power[1]));
    c = addBase(c, mul(value, power[2]));
    d = addBase(d, mul(value, power[3]));
  }
  return [a, b, c, d];
}
