// A backend of WebAssembly, four rows at a time: matrices lie in one memory by columns, words in Montgomery's form.

import { babyBear, inverse } from '../../../../runtime/fields/baby-bear.ts';
import { type Extension, scale } from '../../../../runtime/fields/baby-bear-extension.ts';
import { extendColumn, reverseBits } from '../../../../runtime/fields/baby-bear-ntt.ts';
import type { Batch } from '../../stark/batching.ts';
import type { VerifyingKey } from '../../stark/key.ts';
import type { Adjacent, BatchOpening } from '../../stark/proof.ts';
import type { Transcript } from '../../stark/transcript.ts';
import type { Backend, Committed, PlainColumns, QuotientStatement, Statement } from '../backend.ts';
import { ReferenceBackend } from '../reference/backend.ts';
import { ProverArena } from './arena.ts';
import { kernelCall, type LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';
import { evaluateColumns, WeightCache } from './evaluation.ts';
import { foldHalf, type LaneFold, reduceAll } from './folds.ts';
import { grindWitness } from './grinding.ts';
import { LOG_BLOWUP } from './instances.ts';
import {
  addTails,
  canonicalColumns,
  type ExtendedMatrix,
  type LaneMatrix,
  LEAST_ROWS,
  takeMatrix,
} from './matrices.ts';
import { permutationTrace, quotientChunks, type RowContext } from './rows.ts';
import { Tables } from './tables.ts';
import { growTree, type LaneCommitment, openTree } from './trees.ts';

const TILE = 16_384;

export class LaneBackend implements Backend<LaneMatrix, LaneCommitment<ExtendedMatrix>, LaneFold> {
  readonly arena: ProverArena;
  readonly #crew: ProverCrew;
  readonly #tables: Tables;
  readonly #weights: WeightCache;
  readonly #rows: RowContext;
  readonly #reference = new ReferenceBackend(LOG_BLOWUP);

  /** Of at most `limit` bytes; without, what a memory of 32-bit addresses may have. */
  constructor(crew: ProverCrew, key: VerifyingKey, limit?: number) {
    this.#crew = crew;
    this.arena = new ProverArena(crew.memory, limit);
    this.#tables = new Tables(this.arena, crew);
    this.#weights = new WeightCache(this.arena, crew, this.#tables);
    this.#rows = { arena: this.arena, crew, tables: this.#tables, key };
  }

  /** Gives back all that was made since a mark of the arena. */
  release(mark: number): void {
    this.#tables.release(mark);
    this.#weights.clear();
    this.arena.release(mark);
  }

  matrix({ rows, columns }: PlainColumns): LaneMatrix {
    const made = takeMatrix(this.arena, Math.log2(rows), columns.length);
    for (const [i, column] of columns.entries())
      this.arena.words.set(rows === column.length ? column : Array.from(column), (made.base + i * made.stride) / 4);
    const factor = this.arena.placeRaw([babyBear.r2]);
    const calls: LaneCall[] = [];
    for (let i = 0; i < columns.length; i++)
      for (let row = 0; row < rows; row += TILE)
        calls.push(kernelCall('scale', made.base + i * made.stride + 4 * row, Math.min(TILE, rows - row), factor));
    this.#crew.run(calls);
    addTails(this.arena, made);
    return made;
  }

  commit(matrices: readonly LaneMatrix[]): LaneCommitment<ExtendedMatrix> {
    const calls: LaneCall[] = [];
    const extended = matrices.map(matrix => this.#extend(matrix, calls));
    this.#crew.run(calls);
    return growTree(this.arena, this.#crew, extended);
  }

  permutation(statement: Statement<LaneMatrix>): { readonly matrix: LaneMatrix; readonly sum: Extension } {
    return permutationTrace(this.#rows, statement);
  }

  quotient(statement: QuotientStatement<Committed<LaneCommitment<ExtendedMatrix>>>): readonly LaneMatrix[] {
    return quotientChunks(this.#rows, statement);
  }

  evaluate(matrix: LaneMatrix, z: Extension): Adjacent {
    if (matrix.logHeight < Math.log2(LEAST_ROWS))
      return this.#reference.evaluate(canonicalColumns(this.arena, matrix), z);
    return evaluateColumns(this.arena, this.#crew, this.#weights, matrix, scale(z, inverse(matrix.shift)));
  }

  reduce(batches: readonly Batch[], commitments: readonly LaneCommitment<ExtendedMatrix>[]): Map<number, LaneFold> {
    return reduceAll(this.#rows, batches, commitments);
  }

  commitPairs({ base, stride, logSize }: LaneFold): LaneCommitment<ExtendedMatrix> {
    const half = 4 * 2 ** (logSize - 1);
    const words = [0, 1, 2, 3].map(e => base + e * stride);
    const columns = [...words, ...words.map(address => address + half)];
    return growTree(this.arena, this.#crew, [{ base, stride, columns, logHeight: logSize - 1 }]);
  }

  fold(values: LaneFold, beta: Extension, joining: LaneFold | undefined): LaneFold {
    return foldHalf(this.#rows, values, beta, joining);
  }

  constant({ base, stride, logSize }: LaneFold): Extension {
    return this.#reference.constant(
      Array.from({ length: 2 ** logSize }, (_, i) => this.arena.extension(base + 4 * i, stride)),
    );
  }

  open(commitment: LaneCommitment<ExtendedMatrix>, index: number): BatchOpening {
    return openTree(this.arena, commitment, index);
  }

  grind(transcript: Transcript, bits: number): number {
    return grindWitness(this.arena, this.#crew, transcript, bits);
  }

  #extend(matrix: LaneMatrix, calls: LaneCall[]): ExtendedMatrix {
    const { logHeight, width, shift } = matrix;
    const made = takeMatrix(this.arena, logHeight + LOG_BLOWUP, width);
    const columns = Array.from({ length: width }, (_, i) => made.base + i * made.stride);
    const from = (i: number): number => matrix.base + i * matrix.stride;
    if (2 ** logHeight < LEAST_ROWS) {
      for (const [i, column] of canonicalColumns(this.arena, matrix).columns.entries()) {
        const values = extendColumn(column, LOG_BLOWUP, shift);
        const natural = values.map((_, j) => values[reverseBits(j, made.logHeight)]!);
        this.arena.write(columns[i]!, natural);
      }
      addTails(this.arena, made);
    } else {
      const inverses = this.#tables.levels('inverses', logHeight);
      const scales = this.#tables.scale(logHeight, shift);
      const roots = this.#tables.levels('roots', made.logHeight);
      const tables = [inverses, scales, roots].flatMap(({ factors, prepared }) => [factors, prepared]);
      for (const [i, column] of columns.entries())
        calls.push(kernelCall('extend', from(i), column, 4 * 2 ** logHeight, ...tables));
    }
    return { base: made.base, stride: made.stride, columns, logHeight: made.logHeight };
  }
}
