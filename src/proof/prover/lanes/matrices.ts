// Matrices in a prover's memory: columns one after the other, each with a tail that repeats its first rows.

import { TAIL_WORDS } from '../../../../codegen/stark/transforms.ts';
import type { Matrix } from '../backend.ts';
import type { ProverArena } from './arena.ts';
import type { TreeColumns } from './trees.ts';

export interface LaneMatrix extends Matrix {
  readonly base: number;
  /** Bytes from one column to the next. */
  readonly stride: number;
}

/** Extended columns, in natural order with their tails. */
export interface ExtendedMatrix extends TreeColumns {
  readonly base: number;
  readonly stride: number;
}

/** Heights below it are extended and evaluated by the reference: kernels take whole vectors of butterflies. */
export const LEAST_ROWS = 8;
/** Room for columns with their tails, and for whole vectors of rows and of columns to be read behind them. */
export function takeMatrix(arena: ProverArena, logHeight: number, width: number, shift = 1): LaneMatrix {
  const words = Math.max(LEAST_ROWS, 2 ** logHeight) + TAIL_WORDS;
  const base = arena.take(words * width, 4 * words);
  return { logHeight, width, shift, base, stride: 4 * words };
}

/** Repeats a matrix's first rows behind its last ones. */
export function addTails(arena: ProverArena, { logHeight, width, base, stride }: LaneMatrix): void {
  const { words } = arena;
  const rows = 2 ** logHeight;
  for (let column = 0; column < width; column++) {
    const at = (base + column * stride) / 4;
    for (let i = 0; i < TAIL_WORDS; i++) words[at + rows + i] = words[at + (i % rows)]!;
  }
}

/** A low matrix as canonical columns. */
export function canonicalColumns(
  arena: ProverArena,
  matrix: LaneMatrix,
): Matrix & { readonly columns: readonly Int32Array[] } {
  const { logHeight, width, shift, base, stride } = matrix;
  const columns = Array.from({ length: width }, (_, c) =>
    Int32Array.from({ length: 2 ** logHeight }, (__, row) => arena.read(base + c * stride + 4 * row)),
  );
  return { logHeight, width, shift, columns };
}
