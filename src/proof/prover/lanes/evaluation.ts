// Columns at points outside their domain, from their values: p(z) = (z^n - 1) / n · Σ p(x) x / (z - x) over the powers x of a root
// of order n.

import { TAIL_WORDS } from '../../../../codegen/stark/transforms.ts';
import { inverse } from '../../../../runtime/fields/baby-bear.ts';
import { add, type Extension, mul as multiply, scale, ZERO } from '../../../../runtime/fields/baby-bear-extension.ts';
import { vanishing } from '../../stark/constraints.ts';
import type { Adjacent } from '../../stark/proof.ts';
import type { ProverArena } from './arena.ts';
import { kernelCall, type LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';
import type { LaneMatrix } from './matrices.ts';
import type { Tables } from './tables.ts';

const TILE = 16_384;
/** Vectors that a call leaves: four words at z, four at the next row's point. */
const SUM_WORDS = 32;
/** Words before a column of weights, the last of which repeats its last row. */
const HEAD_WORDS = 4;

/** Weights of a point, as four columns. */
export interface Weights {
  /** Of the first row. */
  readonly base: number;
  readonly stride: number;
}

/** The weights of a proof's points. */
export class WeightCache {
  readonly #arena: ProverArena;
  readonly #crew: ProverCrew;
  readonly #tables: Tables;
  readonly #known = new Map<string, Weights>();

  constructor(arena: ProverArena, crew: ProverCrew, tables: Tables) {
    this.#arena = arena;
    this.#crew = crew;
    this.#tables = tables;
  }

  clear(): void {
    this.#known.clear();
  }

  of(logHeight: number, z: Extension): Weights {
    const name = [logHeight, ...z].join();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const rows = 2 ** logHeight;
    const points = this.#tables.domain(logHeight);
    const stride = 4 * (HEAD_WORDS + rows + TAIL_WORDS);
    const base = this.#arena.take(stride) + 4 * HEAD_WORDS;
    const at = this.#arena.place(z);
    const calls: LaneCall[] = [];
    for (let row = 0; row < rows; row += TILE)
      calls.push(kernelCall('weights', points + 4 * row, base + 4 * row, stride, Math.min(TILE, rows - row), at));
    this.#crew.run(calls);
    const { words } = this.#arena;
    for (let e = 0; e < 4; e++) {
      const first = (base + e * stride) / 4;
      words[first - 1] = words[first + rows - 1]!;
    }
    const made = { base, stride };
    this.#known.set(name, made);
    return made;
  }
}

/** At z and at the next row's point, z relative to the columns' coset. */
export function evaluateColumns(
  arena: ProverArena,
  crew: ProverCrew,
  cache: WeightCache,
  { logHeight, width, base, stride }: LaneMatrix,
  z: Extension,
): Adjacent {
  const rows = 2 ** logHeight;
  const weights = cache.of(logHeight, z);
  const mark = arena.mark;
  const tiles = Math.ceil(rows / TILE);
  const out = arena.take(width * tiles * SUM_WORDS);
  const calls: LaneCall[] = [];
  for (let column = 0; column < width; column++)
    for (let tile = 0; tile < tiles; tile++) {
      const row = tile * TILE;
      calls.push(
        kernelCall(
          'weighColumn',
          base + column * stride + 4 * row,
          weights.base + 4 * (row - 1),
          weights.stride,
          Math.min(TILE, rows - row),
          out + 4 * SUM_WORDS * (column * tiles + tile),
        ),
      );
    }
  crew.run(calls);
  const factor = scale(vanishing(z, logHeight), inverse(rows));
  const value = (column: number, first: number): Extension => {
    let sum = ZERO;
    for (let tile = 0; tile < tiles; tile++)
      for (let lane = 0; lane < 4; lane++)
        sum = add(sum, arena.extension(out + 4 * (SUM_WORDS * (column * tiles + tile) + 4 * first + lane), 16));
    return multiply(sum, factor);
  };
  const columns = Array.from({ length: width }, (_, i) => i);
  const opened = { local: columns.map(i => value(i, 0)), next: columns.map(i => value(i, 4)) };
  arena.release(mark);
  return opened;
}
