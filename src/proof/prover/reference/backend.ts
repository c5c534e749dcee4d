// The arithmetic of a proof as it is defined, on canonical words and without haste: what faster backends are compared with.

import { assert } from '../../../../runtime/errors.ts';
import { GENERATOR, mul, inverse as ofOne, power, rootOfUnity } from '../../../../runtime/fields/baby-bear.ts';
import {
  add,
  type Extension,
  equals,
  inverse,
  mul as multiply,
  ofBase,
  scale,
  ZERO,
} from '../../../../runtime/fields/baby-bear-extension.ts';
import { extendColumn, idft, reverseBits } from '../../../../runtime/fields/baby-bear-ntt.ts';
import { type Batch, divisorsAt, reducedRow } from '../../stark/batching.ts';
import { type AirValues, foldedConstraints, joinColumns, vanishing } from '../../stark/constraints.ts';
import { fold, pointAt } from '../../stark/fri.ts';
import type { Adjacent, BatchOpening } from '../../stark/proof.ts';
import type { Transcript } from '../../stark/transcript.ts';
import type { Backend, Committed, PlainColumns, QuotientStatement, Statement } from '../backend.ts';
import { commitTo, type ExtendedColumns, openAt, type PlainCommitment } from './commitment.ts';
import type { PlainMatrix } from './matrix.ts';
import { permutationRows } from './permutation.ts';

const plainMatrix = (columns: readonly Int32Array[], shift: number): PlainMatrix => ({
  logHeight: Math.log2(columns[0]!.length),
  width: columns.length,
  shift,
  columns,
});

/** The words of extension elements as four columns. */
export const flatColumns = (values: readonly Extension[]): Int32Array[] =>
  [0, 1, 2, 3].map(e => Int32Array.from(values, value => value[e]!));

/** Values of functions on 31 ⟨g⟩, in bit-reversed order. */
type PlainFold = readonly Extension[];

export class ReferenceBackend implements Backend<PlainMatrix, PlainCommitment, PlainFold> {
  readonly #logBlowup: number;

  constructor(logBlowup: number) {
    this.#logBlowup = logBlowup;
  }

  matrix({ columns }: PlainColumns): PlainMatrix {
    return plainMatrix(
      columns.map(column => Int32Array.from(column)),
      1,
    );
  }

  commit(matrices: readonly PlainMatrix[]): PlainCommitment {
    return commitTo(
      matrices.map(({ columns, shift }) => columns.map(column => extendColumn(column, this.#logBlowup, shift))),
    );
  }

  permutation(statement: Statement<PlainMatrix>): { matrix: PlainMatrix; sum: Extension } {
    const columns = permutationRows(statement);
    return { matrix: plainMatrix(columns.flatMap(flatColumns), 1), sum: columns.at(-1)!.at(-1)! };
  }

  quotient(statement: QuotientStatement<Committed<PlainCommitment>>): PlainMatrix[] {
    const { key, logHeight } = statement;
    const values = quotientValues(statement, this.#logBlowup);
    const step = rootOfUnity(logHeight + Math.log2(key.quotientDegree));
    return Array.from({ length: key.quotientDegree }, (_, c) => {
      const chunk = values.filter((__, j) => j % key.quotientDegree === c);
      return plainMatrix(flatColumns(chunk), mul(GENERATOR, power(step, c)));
    });
  }

  evaluate({ columns, shift, logHeight }: PlainMatrix, z: Extension): Adjacent {
    const coefficients = columns.map(idft);
    const at = (point: Extension): Extension[] =>
      coefficients.map(column =>
        column.reduceRight<Extension>((sum, one) => add(multiply(sum, point), ofBase(one)), ZERO),
      );
    const local = scale(z, ofOne(shift));
    return { local: at(local), next: at(scale(local, rootOfUnity(logHeight))) };
  }

  reduce(batches: readonly Batch[], commitments: readonly PlainCommitment[]): Map<number, PlainFold> {
    const functions = new Map<number, Extension[]>();
    for (const [i, batch] of batches.entries())
      for (const [j, { claims, logHeight }] of batch.matrices.entries()) {
        const size = logHeight + this.#logBlowup;
        const columns = commitments[i]!.matrices[j]!;
        const sums = functions.get(size) ?? new Array<Extension>(2 ** size).fill(ZERO);
        functions.set(
          size,
          sums.map((sum, r) => {
            const row = columns.map(column => column[r]!);
            return add(sum, reducedRow(row, claims, batch.powers, divisorsAt(pointAt(r, size))));
          }),
        );
      }
    return functions;
  }

  commitPairs(values: PlainFold): PlainCommitment {
    const [even, odd] = [0, 1].map(side => flatColumns(values.filter((_, i) => i % 2 === side)));
    return commitTo([[...even!, ...odd!]]);
  }

  fold(values: PlainFold, beta: Extension, joining: PlainFold | undefined): PlainFold {
    const bits = Math.log2(values.length) - 1;
    const square = multiply(beta, beta);
    return Array.from({ length: values.length / 2 }, (_, i) => {
      const x = power(rootOfUnity(bits + 1), reverseBits(i, bits));
      const folded = fold(values[2 * i]!, values[2 * i + 1]!, beta, x);
      return joining === undefined ? folded : add(folded, multiply(square, joining[i]!));
    });
  }

  constant(values: PlainFold): Extension {
    assert(
      values.every(value => equals(value, values[0]!)),
      'prover: what is left after all folds is not constant',
    );
    return values[0]!;
  }

  open(commitment: PlainCommitment, index: number): BatchOpening {
    return openAt(commitment, index);
  }

  grind(transcript: Transcript, bits: number): number {
    let witness = 0;
    while (!transcript.copy().checkWitness(bits, witness)) witness++;
    transcript.checkWitness(bits, witness);
    return witness;
  }
}

/** On 31 ⟨g⟩ of n · degree points, in natural order: the folded constraints over x^n − 1. */
export function quotientValues(
  { key, logHeight, alpha, ...statement }: QuotientStatement<Committed<PlainCommitment>>,
  logBlowup: number,
): Extension[] {
  const size = 2 ** logHeight * key.quotientDegree;
  const root = rootOfUnity(Math.log2(size));
  const stride = 2 ** logBlowup / key.quotientDegree;
  const valueAt = (columns: ExtendedColumns, j: number): Extension[] => {
    const at = reverseBits(j * stride, logHeight + logBlowup);
    return columns.map(column => ofBase(column[at]!));
  };
  const adjacent = ({ commitment, index }: Committed<PlainCommitment>, j: number): Adjacent => {
    const columns = commitment.matrices[index]!;
    return { local: valueAt(columns, j), next: valueAt(columns, (j + key.quotientDegree) % size) };
  };
  return Array.from({ length: size }, (_, j) => {
    const x = ofBase(mul(GENERATOR, power(root, j)));
    const permutation = statement.permutation && adjacent(statement.permutation, j);
    const air: AirValues = {
      preprocessed: statement.preprocessed && adjacent(statement.preprocessed, j),
      main: statement.main.map(part => adjacent(part, j)),
      permutation: permutation && { local: joinColumns(permutation.local), next: joinColumns(permutation.next) },
      publicValues: statement.publicValues,
      challenges: statement.challenges,
      exposed: statement.exposed,
    };
    return multiply(foldedConstraints(key, logHeight, x, alpha, air), inverse(vanishing(x, logHeight)));
  });
}
