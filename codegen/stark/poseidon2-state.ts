// Poseidon2 over BabyBear of one state: four vectors, word 4 g + j in lane g of vector j, so that the rounds' matrices need no word of
// another lane but for sums over all. Canonical before and behind it, in Montgomery's form between.

import { babyBear, P } from '../../runtime/fields/baby-bear.ts';
import { BABY_BEAR_POSEIDON2, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { groupMixer } from '../kernels/lanes/external-layer.ts';
import { rounds } from '../kernels/rounds.ts';
import { codeWriter } from '../wasm/binary/code.ts';
import { valueType } from '../wasm/binary/instructions.ts';
import { moduleWriter } from '../wasm/binary/module.ts';
import type { Value } from '../wasm/binary/values.ts';
import { INVERSE_P, montgomery } from './lane-products.ts';
import { type Lanes, lanes } from './lanes.ts';
import { seventhPower } from './poseidon2.ts';

const { external, internal, diagonal } = BABY_BEAR_POSEIDON2;
const GROUPS = WIDTH / 4;
const HALF_ROUNDS = external.length / WIDTH / 2;
const VECTOR_BYTES = 16;
const ROUND_BYTES = 4 * WIDTH;

/** Where word i of a state is. */
export const STATE_PLACES: readonly number[] = Array.from(
  { length: WIDTH },
  (_, i) => GROUPS * (i % 4) + Math.floor(i / 4),
);
/** Where the host writes `stateConstants`; the state is at 0. */
export const STATE_CONSTANTS = 64;
const INTERNAL_AT = STATE_CONSTANTS + 4 * external.length;
const DIAGONAL_AT = INTERNAL_AT + VECTOR_BYTES * internal.length;

const placed = (words: ArrayLike<number>): number[] => {
  const all = new Array<number>(WIDTH).fill(0);
  for (const [i, place] of STATE_PLACES.entries()) all[place] = words[i]!;
  return all;
};

/** Words of the rounds' constants, less by p, of internal rounds in one lane of four; of the diagonal, and the same times 1/p mod 2^32. */
export function stateConstants(): number[] {
  const lowered = (word: number): number => montgomery(word) - P;
  const rows = Array.from({ length: 2 * HALF_ROUNDS }, (_, r) =>
    placed(Array.from(external.subarray(WIDTH * r, WIDTH * (r + 1)), lowered)),
  );
  const multiples = placed(Array.from(diagonal, montgomery));
  return [
    ...rows.flat(),
    ...Array.from(internal).flatMap(word => [lowered(word), 0, 0, 0]),
    ...multiples,
    ...multiples.map(word => Math.imul(word, INVERSE_P)),
  ];
}

/** A module with a memory and the function `permute` on the state at 0. */
export function poseidon2StateModule(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.export('memory', 'memory', module.memory({ min: 1, max: 1 }));
  const permute = module.declareFunction(module.type([], []), 'permute');
  module.defineFunction(permute, permuteStateFunction());
  module.export('permute', 'function', permute);
  return module.finish();
}

function permuteStateFunction(): ReturnType<typeof codeWriter> {
  const code = codeWriter(0);
  const v = lanes(code);
  const at = code.addLocal(valueType.i32);
  const vectors = v.locals(4) as [number, number, number, number];
  const seventh = seventhPower(v);
  const mixGroups = groupMixer(v, vectors);
  const sum = v.local();
  const overLanes = (value: Value): void => {
    v.set(sum, value);
    for (const order of [
      [2, 3, 0, 1],
      [1, 0, 3, 2],
    ])
      v.set(sum, v.add(v.get(sum), v.shuffle(v.get(sum), v.get(sum), order)));
  };
  const mix = (): void => {
    mixGroups();
    for (const vector of vectors) {
      overLanes(v.get(vector));
      v.set(vector, v.add(v.get(vector), v.get(sum)));
    }
  };
  const start = (from: number): void => {
    code.i32Const(from);
    code.localSet(at);
  };
  const externalRounds = (from: number): void => {
    start(from);
    rounds(code, at, ROUND_BYTES, HALF_ROUNDS, () => {
      for (const [j, vector] of vectors.entries()) v.set(vector, seventh(v.get(vector), v.load(at, VECTOR_BYTES * j)));
      mix();
    });
  };
  start(0);
  for (const [j, vector] of vectors.entries())
    v.set(vector, v.mul(v.load(at, VECTOR_BYTES * j), v.constant(babyBear.r2)));
  mix();
  externalRounds(STATE_CONSTANTS);
  start(INTERNAL_AT);
  const [first] = vectors;
  const boxed = v.local();
  const table = code.addLocal(valueType.i32);
  code.i32Const(DIAGONAL_AT);
  code.localSet(table);
  rounds(code, at, VECTOR_BYTES, internal.length, () => {
    v.set(boxed, seventh(v.get(first), v.load(at)));
    v.set(first, v.shuffle(v.get(boxed), v.get(first), [0, 5, 6, 7]));
    const [a, b, c, d] = vectors.map(v.get) as [Value, Value, Value, Value];
    overLanes(v.add(v.add(b, v.add(c, d)), a));
    for (const [j, vector] of vectors.entries()) v.set(vector, v.add(scaled(v, vector, table, j), v.get(sum)));
  });
  externalRounds(STATE_CONSTANTS + HALF_ROUNDS * ROUND_BYTES);
  start(0);
  for (const [j, vector] of vectors.entries()) v.store(at, VECTOR_BYTES * j, v.mul(v.get(vector), v.constant(1)));
  return code;
}

const scaled = (v: Lanes, vector: number, table: number, j: number): Value =>
  v.timesPrepared(v.get(vector), v.load(table, VECTOR_BYTES * j), v.load(table, ROUND_BYTES + VECTOR_BYTES * j));
