// Poseidon2 over KoalaBear of width 16 of four states side by side: a state is sixteen vectors in memory, canonical in Montgomery's form.
//
// Internal rounds have no product but the cube's: with t = 2^(8r) times a lane of round r, a round of the others is
// t ← (Σ + 2^k t) / 2^24, and x / 2^(24 − k) = (x >> 24 − k) − 127 (x 2^k mod 2^24), since p = 127 · 2^24 + 1.

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import {
  POSEIDON2_EXTERNAL,
  POSEIDON2_HALF_EXTERNAL_ROUNDS,
  POSEIDON2_INTERNAL,
  POSEIDON2_WIDTH,
} from '../../../runtime/hashes/poseidon2.ts';
import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { op, valueType } from '../../wasm/binary/instructions.ts';
import type { Value } from '../../wasm/binary/values.ts';
import { VECTOR_BYTES } from '../../wasm/binary/vector-values.ts';
import { inForm } from '../koala-bear.ts';
import { rounds } from '../rounds.ts';
import { layerMixer } from './external-layer.ts';
import { type KoalaBearLanes, koalaBearLanes } from './koala-bear.ts';

const P = koalaBear.modulus;
const WIDTH = POSEIDON2_WIDTH;
/** Words of the constants of half the external rounds. */
export const HALF_WORDS: number = POSEIDON2_HALF_EXTERNAL_ROUNDS * WIDTH;
/** The internal diagonal's powers of two, but for its first, which is -2. */
const SHIFTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15];
const POINT = 24;
const LOW_BITS = 2 ** POINT - 1;
/** Lanes whose cubes are written out: all sixteen do not fit in registers and take half as long again. */
const CUBES = 4;

const wordOf = (a: number): number => koalaBear.mul(a, koalaBear.r);
/** A canonical constant less p: its sum with a canonical value is signed. */
const lessP = (a: number): number => wordOf(a) - P;
const INVERSE_256 = koalaBear.inverse(256);

function internalConstants(): number[] {
  const constants: number[] = [];
  let [down, up] = [1, 1];
  for (const constant of POSEIDON2_INTERNAL) {
    constants.push(inForm(down), lessP(constant), inForm(up));
    [down, up] = [koalaBear.mul(down, INVERSE_256), koalaBear.mul(up, 256)];
  }
  return [...constants, inForm(down)];
}
const INTERNAL_WORDS = 3;

/** What the functions read, one word each: of all external rounds, then of the internal ones. */
export const laneHashConstants = (): number[] => [...[...POSEIDON2_EXTERNAL].map(lessP), ...internalConstants()];

const at = (i: number): number => VECTOR_BYTES * i;

const mixerOf = (v: KoalaBearLanes, state: number): (() => void) =>
  layerMixer(v, {
    word: i => v.load(undefined, state + at(i)),
    store: (i, value) => v.store(undefined, state + at(i), value),
  });

/** (): the first linear layer. */
export function mixFunction(state: number): CodeWriter {
  const code = codeWriter(0);
  mixerOf(koalaBearLanes(code), state)();
  return code;
}

/** (constants): four external rounds, whose constants are at an address. */
export function externalFunction(state: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearLanes(code);
  const lane = code.addLocal(valueType.i32);
  const mix = mixerOf(v, state);
  const x = v.local();
  const left = code.addLocal(valueType.i32);
  code.i32Const(POSEIDON2_HALF_EXTERNAL_ROUNDS);
  code.localSet(left);
  const again = code.loop();
  code.i32Const(state);
  code.localSet(lane);
  rounds(code, lane, at(CUBES), WIDTH / CUBES, () => {
    for (let i = 0; i < CUBES; i++) {
      v.set(x, v.plus(v.load(lane, at(i)), v.loadSplat(0, 4 * i)));
      v.store(lane, at(i), v.canonical(v.cube(x)));
    }
    code.localGet(0);
    code.i32Const(4 * CUBES);
    code.op(op.i32Add);
    code.localSet(0);
  });
  mix();
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(left);
  code.brIf(again);
  code.end();
  return code;
}

/** (constants): the internal rounds. */
export function internalFunction(state: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearLanes(code);
  const { get, set, plus, minus } = v;
  const [first, rest, sum, x, mask] = v.locals(5) as [number, number, number, number, number];
  set(mask, v.constant(LOW_BITS));
  const lowBits = (value: Value): Value => v.and(value, get(mask));
  const word = (i: number): Value => v.load(undefined, state + at(i));
  set(first, word(0));
  for (let i = 1; i < WIDTH; i++) set(rest, i === 1 ? word(i) : v.add(get(rest), word(i)));
  const diagonal = diagonalWords(v, state, lowBits);
  rounds(code, 0, 4 * INTERNAL_WORDS, POSEIDON2_INTERNAL.length, () => {
    set(x, v.canonical(v.product(get(first), v.loadSplat(0, 0))));
    set(x, plus(get(x), v.loadSplat(0, 4)));
    set(first, v.canonical(v.cube(x, v.product(get(x), v.loadSplat(0, 8)))));
    set(sum, v.add(get(rest), get(first)));
    set(x, minus(get(rest), get(first))); // Σ − 2 t
    set(first, minus(v.shrS(get(x), POINT), v.times127(lowBits(get(x)))));
    diagonal(sum, rest);
  });
  // Signed in their first product, the others are up to 2^32.
  v.store(undefined, state, v.canonical(v.product(get(first), v.loadSplat(0, 0))));
  for (let i = 1; i < WIDTH; i++) {
    const lowered = minus(word(i), v.constant(P));
    v.store(undefined, state + at(i), v.canonical(v.product(lowered, v.loadSplat(0, 0))));
  }
  return code;
}

/** A round of all words but the first, from the canonical sum of all; leaves the canonical sum of them in `rest`. */
function diagonalWords(
  v: KoalaBearLanes,
  state: number,
  lowBits: (value: Value) => Value,
): (sum: number, rest: number) => void {
  const { get, set, plus, minus } = v;
  const [base, low, high, word, quotient] = v.locals(5) as [number, number, number, number, number];
  const divided = (value: Value): Value => minus(v.shrU(value, POINT), v.times127(lowBits(value)));
  const times15 = (value: Value): Value => minus(v.shl(value, 4), value);
  return (sum, rest) => {
    // Σ / 2^24 + 2 p: above p, so that what is taken away leaves no negative number, and a word is below 2^32.
    set(base, plus(divided(get(sum)), v.constant(2 * P)));
    // Fifteen times that, with the words' own parts: what is divided by 2^24 is added up before it is.
    set(low, times15(lowBits(get(sum))));
    set(high, times15(v.shrU(get(sum), POINT)));
    for (const [i, shift] of SHIFTS.entries()) {
      const place = state + at(i + 1);
      set(word, v.load(undefined, place));
      set(quotient, v.shrU(get(word), POINT - shift));
      set(high, plus(get(high), get(quotient)));
      set(word, lowBits(shift === 0 ? get(word) : v.shl(get(word), shift)));
      set(low, plus(get(low), get(word)));
      v.store(undefined, place, plus(get(base), minus(get(quotient), v.times127(get(word)))));
    }
    set(rest, plus(plus(get(high), divided(get(low))), v.constant(P)));
    set(rest, v.minU(get(rest), minus(get(rest), v.constant(P))));
  };
}
