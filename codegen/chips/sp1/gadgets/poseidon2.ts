// Poseidon2 over KoalaBear, width 16: columns hold the state before each external round, before the internal rounds, lane 0
// after each internal round but the last, and the output.
// Reference: sp1:crates/core/machine/src/operations/poseidon2, SP1 6.4.0; constants: runtime/hashes/poseidon2.ts.

import {
  POSEIDON2_DIAGONAL,
  POSEIDON2_EXTERNAL,
  POSEIDON2_HALF_EXTERNAL_ROUNDS,
  POSEIDON2_INTERNAL,
  POSEIDON2_INVERSE_R,
  POSEIDON2_WIDTH,
} from '../../../../runtime/hashes/poseidon2.ts';
import type { Air } from '../../air.ts';
import { type Cell, type Poly, poly } from '../../poly.ts';
import { type Word, word } from '../../word.ts';

const WIDTH = POSEIDON2_WIDTH;
const HALF = POSEIDON2_HALF_EXTERNAL_ROUNDS;

export type Permutation = {
  readonly ext: readonly (readonly Cell[])[];
  readonly internal_rounds_state: readonly Cell[];
  readonly internal_rounds_s0: readonly Cell[];
  readonly output_state: readonly Cell[];
};

/** What the permutation computes with, in either of its two meanings. */
interface Arithmetic<T> {
  add(a: T, b: T): T;
  mul(a: T, b: T): T;
  constant(value: number): T;
}

const words: Arithmetic<Word> = { add: (a, b) => a.fieldAdd(b), mul: (a, b) => a.fieldMul(b), constant: word };
const polys: Arithmetic<Poly> = { add: (a, b) => a.add(b), mul: (a, b) => a.mul(b), constant: poly };

function total<T>({ add }: Arithmetic<T>, terms: readonly T[]): T {
  return terms.reduce(add);
}

function cube<T>({ mul }: Arithmetic<T>, x: T): T {
  return mul(mul(x, x), x);
}

/** circ(2 M, M, M, M) with M = circ(2, 3, 1, 1). */
function externalLayer<T>(f: Arithmetic<T>, s: readonly T[]): T[] {
  const blocks = [0, 4, 8, 12].flatMap(i => {
    const block = s.slice(i, i + 4);
    const all = total(f, block);
    return block.map((x, j) => total(f, [all, x, block[(j + 1) % 4]!, block[(j + 1) % 4]!]));
  });
  const columns = [0, 1, 2, 3].map(j =>
    total(
      f,
      [0, 4, 8, 12].map(i => blocks[i + j]!),
    ),
  );
  return blocks.map((x, i) => f.add(x, columns[i % 4]!));
}

function externalRound<T>(f: Arithmetic<T>, s: readonly T[], round: number): T[] {
  const constant = (i: number): T => f.constant(POSEIDON2_EXTERNAL[WIDTH * round + i]!);
  return externalLayer(
    f,
    s.map((x, i) => cube(f, f.add(x, constant(i)))),
  );
}

function internalRound<T>(f: Arithmetic<T>, s: readonly T[], round: number): T[] {
  const boxed = [cube(f, f.add(s[0]!, f.constant(POSEIDON2_INTERNAL[round]!))), ...s.slice(1)];
  const scaled = f.mul(total(f, boxed), f.constant(POSEIDON2_INVERSE_R));
  return boxed.map((x, i) => f.add(scaled, f.mul(x, f.constant(POSEIDON2_DIAGONAL[i]!))));
}

/** The columns of a permutation of `input`: 16 elements of the field. What it says holds on all rows. */
export function permutation(air: Air, input: readonly Word[]): Permutation {
  const ext: Cell[][] = [air.cells(input)];
  let state = externalLayer(words, input);
  for (let round = 0; round < HALF - 1; round++) {
    state = externalRound(words, state, round);
    ext.push(air.cells(state));
  }
  state = externalRound(words, state, HALF - 1);
  const internal_rounds_state = air.cells(state);
  const internal_rounds_s0: Cell[] = [];
  for (let round = 0; round < POSEIDON2_INTERNAL.length; round++) {
    state = internalRound(words, state, round);
    if (round < POSEIDON2_INTERNAL.length - 1) internal_rounds_s0.push(air.cell(state[0]!));
  }
  for (let round = HALF; round < 2 * HALF; round++) {
    ext.push(air.cells(state));
    state = externalRound(words, state, round);
  }
  const made = { ext, internal_rounds_state, internal_rounds_s0, output_state: air.cells(state) };
  air.later(() => permutes(air, made));
  return made;
}

function permutes(air: Air, { ext, internal_rounds_state, internal_rounds_s0, output_state }: Permutation): void {
  const equal = (cells: readonly Cell[], state: readonly Poly[], what: string): void => {
    for (const [i, cell] of cells.entries()) air.equal(cell, state[i]!, what);
  };
  for (let round = 0; round < HALF; round++) {
    const before = round === 0 ? externalLayer(polys, ext[0]!) : ext[round]!;
    const after = round === HALF - 1 ? internal_rounds_state : ext[round + 1]!;
    equal(after, externalRound(polys, before, round), `external round ${round}`);
  }
  let state: readonly Poly[] = internal_rounds_state;
  for (let round = 0; round < POSEIDON2_INTERNAL.length; round++) {
    state = internalRound(polys, state, round);
    const first = internal_rounds_s0[round];
    if (first === undefined) continue;
    air.equal(first, state[0]!, `internal round ${round}`);
    state = [first, ...state.slice(1)];
  }
  equal(ext[HALF]!, state, 'the last internal round');
  for (let round = HALF; round < 2 * HALF; round++) {
    equal(ext[round + 1] ?? output_state, externalRound(polys, ext[round]!, round), `external round ${round}`);
  }
}
