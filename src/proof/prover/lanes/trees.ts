// Commitments in a prover's memory: extended columns in natural order, a tree whose leaves are in bit-reversed order.

import { reverseBits } from '../../../../runtime/fields/baby-bear-ntt.ts';
import { DIGEST_WORDS, hashWords, type TreeDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import type { BatchOpening } from '../../stark/proof.ts';
import type { Commitment } from '../backend.ts';
import type { ProverArena } from './arena.ts';
import { kernelCall, type LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';

const DIGEST_BYTES = 4 * DIGEST_WORDS;
/** Rows or digests of one call: a few milliseconds. */
const TILE = 2048;
/** Kernels take four rows at a time, whose leaves are quarters of the height apart. */
const LEAST_HEIGHT = 4;

/** Columns in natural order, of which row r is leaf r with its bits reversed. */
export interface TreeColumns {
  readonly logHeight: number;
  /** Addresses. */
  readonly columns: readonly number[];
}

export interface LaneCommitment<T extends TreeColumns = TreeColumns> extends Commitment {
  /** In the order in which they were given. */
  readonly matrices: readonly T[];
  /** Addresses of digests, from the leaves to the root. */
  readonly layers: readonly number[];
}

export function growTree<T extends TreeColumns>(
  arena: ProverArena,
  crew: ProverCrew,
  matrices: readonly T[],
): LaneCommitment<T> {
  const tallest = Math.max(...matrices.map(({ logHeight }) => logHeight));
  const digestsOf = (logHeight: number): number | undefined => {
    const columns = matrices.filter(one => one.logHeight === logHeight).flatMap(one => one.columns);
    return columns.length === 0 ? undefined : hashRows(arena, crew, columns, logHeight);
  };
  const layers = [digestsOf(tallest)!];
  for (let logHeight = tallest - 1; logHeight >= 0; logHeight--) {
    const below = layers.at(-1)!;
    const pairs = takeDigests(arena, 2 ** logHeight);
    compressAll(crew, [below, below + DIGEST_BYTES, 2 * DIGEST_BYTES], pairs, 2 ** logHeight);
    const joining = digestsOf(logHeight);
    if (joining !== undefined) compressAll(crew, [pairs, joining, DIGEST_BYTES], pairs, 2 ** logHeight);
    layers.push(pairs);
  }
  return { root: digestAt(arena, layers.at(-1)!), matrices, layers };
}

/** Room for whole vectors of digests. */
const takeDigests = (arena: ProverArena, count: number): number =>
  arena.take(DIGEST_WORDS * Math.max(LEAST_HEIGHT, count), 2 * LEAST_HEIGHT * DIGEST_WORDS);

function hashRows(arena: ProverArena, crew: ProverCrew, columns: readonly number[], logHeight: number): number {
  const height = 2 ** logHeight;
  const digests = takeDigests(arena, height);
  if (height < LEAST_HEIGHT) {
    for (let row = 0; row < height; row++) {
      const digest = hashWords([columns.map(column => arena.read(column + 4 * row))]);
      arena.write(digests + DIGEST_BYTES * reverseBits(row, logHeight), digest);
    }
    return digests;
  }
  const list = arena.placeRaw(columns);
  const calls: LaneCall[] = [];
  for (let row = 0; row < height; row += TILE) {
    const rows = Math.min(TILE, height - row);
    const reversed = reverseBits(row, logHeight);
    calls.push(kernelCall('hashRows', list, columns.length, row, rows, digests, reversed, height));
  }
  crew.run(calls);
  return digests;
}

/** Pairs of digests; `out` may be where the left ones are. */
function compressAll(
  crew: ProverCrew,
  [left, right, stride]: readonly [number, number, number],
  out: number,
  count: number,
): void {
  const calls: LaneCall[] = [];
  for (let i = 0; i < count; i += TILE)
    calls.push(
      kernelCall(
        'compress',
        left + i * stride,
        right + i * stride,
        stride,
        out + i * DIGEST_BYTES,
        Math.min(TILE, count - i),
      ),
    );
  crew.run(calls);
}

const digestAt = (arena: ProverArena, address: number): TreeDigest =>
  Array.from({ length: DIGEST_WORDS }, (_, i) => arena.read(address + 4 * i));

export function openTree(arena: ProverArena, { matrices, layers }: LaneCommitment, index: number): BatchOpening {
  const logTallest = layers.length - 1;
  return {
    rows: matrices.map(({ columns, logHeight }) => {
      const row = reverseBits(index >>> (logTallest - logHeight), logHeight);
      return columns.map(column => arena.read(column + 4 * row));
    }),
    siblings: layers.slice(0, -1).map((layer, k) => digestAt(arena, layer + DIGEST_BYTES * ((index >>> k) ^ 1))),
  };
}
