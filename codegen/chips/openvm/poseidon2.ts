// Poseidon2 over BabyBear, a permutation a row: of each external round the cubes of what its S-boxes take and the state
// behind it, of each internal one the cube and the seventh power.
// Reference: openvm:crates/circuits/poseidon2-air and Plonky3's poseidon2-air with one register; constants:
// runtime/hashes/poseidon2-baby-bear.ts.

import { BABY_BEAR_POSEIDON2 as CONSTANTS, WIDTH } from '../../../runtime/hashes/poseidon2-baby-bear.ts';
import { CHUNK } from '../../../runtime/openvm/address-spaces.ts';
import type { Air } from '../air.ts';
import type { Chip } from '../chip.ts';
import { type Cell, type Poly, poly } from '../poly.ts';
import { type Word, word } from '../word.ts';
import { FIELD_BITS, openvm } from './air.ts';
import { compressionBus } from './buses.ts';

/** What the permutation computes with, in either of its two meanings. */
interface Arithmetic<T> {
  add(a: T, b: T): T;
  mul(a: T, b: T): T;
  constant(value: number): T;
}

const words: Arithmetic<Word> = { add: (a, b) => a.fieldAdd(b), mul: (a, b) => a.fieldMul(b), constant: word };
const polys: Arithmetic<Poly> = { add: (a, b) => a.add(b), mul: (a, b) => a.mul(b), constant: poly };

/** Each group of four by [[2,3,1,1],[1,2,3,1],[1,1,2,3],[3,1,1,2]], then plus the sum over groups. */
function externalLayer<T>({ add }: Arithmetic<T>, state: readonly T[]): T[] {
  const total = (terms: readonly T[]): T => terms.reduce(add);
  const groups = [0, 4, 8, 12].flatMap(i => {
    const group = state.slice(i, i + 4);
    const all = total(group);
    return group.map((x, j) => total([all, x, group[(j + 1) % 4]!, group[(j + 1) % 4]!]));
  });
  const columns = [0, 1, 2, 3].map(j => total([0, 4, 8, 12].map(i => groups[i + j]!)));
  return groups.map((x, i) => add(x, columns[i % 4]!));
}

function internalLayer<T>({ add, mul, constant }: Arithmetic<T>, state: readonly T[]): T[] {
  const all = state.reduce(add);
  return state.map((x, i) => add(all, mul(x, constant(CONSTANTS.diagonal[i]!))));
}

const cube = <T>({ mul }: Arithmetic<T>, x: T): T => mul(mul(x, x), x);
const seventh = <T>({ mul }: Arithmetic<T>, cubed: T, x: T): T => mul(mul(cubed, cubed), x);

type FullRound = { readonly sbox: readonly Cell[]; readonly post: readonly Cell[] };
type PartialRound = { readonly sbox: Cell; readonly post_sbox: Cell };

interface Rounds {
  readonly input: readonly Cell[];
  readonly begin: readonly FullRound[];
  readonly partial: readonly PartialRound[];
  readonly end: readonly FullRound[];
}

/** Which external constants a round adds. */
const roundConstants = (round: number): readonly number[] =>
  Array.from(CONSTANTS.external.slice(WIDTH * round, WIDTH * (round + 1)));
const HALF = CONSTANTS.external.length / WIDTH / 2;

function permutation(air: Air, input: readonly Word[]): Rounds {
  let state = externalLayer(words, input);
  const full = (round: number): FullRound => {
    const taken = roundConstants(round).map((constant, i) => state[i]!.fieldAdd(constant));
    const sbox = taken.map(x => air.cell(cube(words, x)));
    state = externalLayer(
      words,
      taken.map((x, i) => seventh(words, sbox[i]!.word, x)),
    );
    return { sbox, post: air.cells(state) };
  };
  const partial = (constant: number): PartialRound => {
    const taken = state[0]!.fieldAdd(constant);
    const sbox = air.cell(cube(words, taken));
    const post_sbox = air.cell(seventh(words, sbox.word, taken));
    state = internalLayer(words, [post_sbox.word, ...state.slice(1)]);
    return { sbox, post_sbox };
  };
  const inputs = air.cells(input);
  const rounds = Array.from({ length: HALF }, (_, i) => i);
  const begin = rounds.map(full);
  const middle = Array.from(CONSTANTS.internal, partial);
  return { input: inputs, begin, partial: middle, end: rounds.map(i => full(HALF + i)) };
}

function permutes(air: Air, { input, begin, partial, end }: Rounds): void {
  let state: readonly Poly[] = externalLayer(polys, input);
  const full = ({ sbox, post }: FullRound, round: number): void => {
    const taken = roundConstants(round).map((constant, i) => state[i]!.add(constant));
    for (const [i, x] of taken.entries()) air.equal(sbox[i]!, cube(polys, x), `external round ${round}: a cube`);
    const after = externalLayer(
      polys,
      taken.map((x, i) => seventh(polys, sbox[i]!, x)),
    );
    for (const [i, x] of after.entries()) air.equal(x, post[i]!, `external round ${round}: the state behind it`);
    state = post;
  };
  for (const [round, one] of begin.entries()) full(one, round);
  for (const [round, { sbox, post_sbox }] of partial.entries()) {
    const taken = state[0]!.add(CONSTANTS.internal[round]!);
    air.equal(sbox, cube(polys, taken), `internal round ${round}: a cube`);
    air.equal(seventh(polys, sbox, taken), post_sbox, `internal round ${round}: a seventh power`);
    state = internalLayer(polys, [post_sbox, ...state.slice(1)]);
  }
  for (const [round, one] of end.entries()) full(one, HALF + round);
}

const FIELDS = { input: [FIELD_BITS.element, WIDTH], count: FIELD_BITS.element } as const;

/** A compression that is asked for `count` times; padding is that of zeros. */
export const poseidon2Chip: Chip = openvm(
  'Poseidon2',
  FIELDS,
  (air, e) => {
    const exported = air.cell(1);
    const rounds = permutation(air, e.input);
    const mult = air.cell(e.count);
    air.later(() => permutes(air, rounds));
    const { input, begin, partial, end } = rounds;
    const output = end.at(-1)!.post.slice(0, CHUNK);
    air.only(mult).receive(compressionBus, [input.slice(0, CHUNK), input.slice(CHUNK), output]);
    const named = <T>(name: string, list: readonly T[]): Readonly<Record<string, T>> =>
      Object.fromEntries(list.map((one, i) => [`${name}${i}`, one]));
    return {
      export: exported,
      input,
      ...named('begin', begin),
      ...named('partial', partial),
      ...named('end', end),
      mult,
    };
  },
  { padding: () => [{ input: new Array<bigint>(WIDTH).fill(0n), count: 0n }] },
);
