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
import { inForm } from '../koala-bear.ts';
import { rounds } from '../rounds.ts';
import { type KoalaBearLanes, koalaBearLanes } from './koala-bear.ts';
import { VECTOR_BYTES } from './vector-values.ts';

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
export const hashConstants = (): number[] => [...[...POSEIDON2_EXTERNAL].map(lessP), ...internalConstants()];

const at = (i: number): number => VECTOR_BYTES * i;

function mixedAndStored(v: KoalaBearLanes, state: number): void {
  const lanes = v.locals(WIDTH);
  for (const [i, lane] of lanes.entries()) v.set(lane, v.load(undefined, state + at(i)));
  const [ab, cd, all, allB, allD] = v.locals(5) as [number, number, number, number, number];
  for (let i = 0; i < WIDTH; i += 4) {
    const four = lanes.slice(i, i + 4) as [number, number, number, number];
    const [a, b, c, d] = four.map(v.get) as [Value, Value, Value, Value];
    v.set(ab, v.add(a, b));
    v.set(cd, v.add(c, d));
    v.set(all, v.add(v.get(ab), v.get(cd)));
    v.set(allB, v.add(v.get(all), b));
    v.set(allD, v.add(v.get(all), d));
    v.set(four[3], v.add(v.get(allD), v.double(a)));
    v.set(four[1], v.add(v.get(allB), v.double(c)));
    v.set(four[0], v.add(v.get(allB), v.get(ab)));
    v.set(four[2], v.add(v.get(allD), v.get(cd)));
  }
  const column = v.local();
  for (let j = 0; j < 4; j++) {
    const [a, b, c, d] = [0, 4, 8, 12].map(i => v.get(lanes[i + j]!)) as [Value, Value, Value, Value];
    v.set(column, v.add(v.add(a, b), v.add(c, d)));
    for (let i = j; i < WIDTH; i += 4) v.store(undefined, state + at(i), v.add(v.get(lanes[i]!), v.get(column)));
  }
}

/** (): the first linear layer. */
export function mixFunction(state: number): CodeWriter {
  const code = codeWriter(0);
  mixedAndStored(koalaBearLanes(code), state);
  return code;
}

/** (constants): four external rounds, whose constants are at an address. */
export function externalFunction(state: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearLanes(code);
  const lane = code.addLocal(valueType.i32);
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
  mixedAndStored(v, state);
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
  const [first, ...others] = v.locals(WIDTH) as [number, ...number[]];
  const [rest, sum, x] = v.locals(3) as [number, number, number];
  const mask = v.local();
  set(mask, v.constant(LOW_BITS));
  const lowBits = (value: Value): Value => v.and(value, get(mask));
  set(first, v.load(undefined, state));
  for (const [i, lane] of others.entries()) {
    set(lane, v.load(undefined, state + at(i + 1)));
    set(rest, i === 0 ? get(lane) : v.add(get(rest), get(lane)));
  }
  const diagonal = diagonalLanes(v, others, lowBits);
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
  for (const [i, lane] of others.entries()) {
    const lowered = minus(get(lane), v.constant(P));
    v.store(undefined, state + at(i + 1), v.canonical(v.product(lowered, v.loadSplat(0, 0))));
  }
  return code;
}

/** A round of all lanes but the first, from the canonical sum of all; leaves the canonical sum of them in `rest`. */
function diagonalLanes(
  v: KoalaBearLanes,
  others: readonly number[],
  lowBits: (value: Value) => Value,
): (sum: number, rest: number) => void {
  const { get, set, plus, minus } = v;
  const [base, low, high, quotient, fifteen] = v.locals(5) as [number, number, number, number, number];
  return (sum, rest) => {
    // Σ / 2^24 + 2 p: above p, so that what is taken away leaves no negative number, and a lane is below 2^32.
    const part = minus(v.shrU(get(sum), POINT), v.times127(v.tee(fifteen, lowBits(get(sum)))));
    set(base, plus(part, v.constant(2 * P)));
    // Fifteen times that, with the lanes' own parts: what is divided by 2^24 is added up before it is.
    const times15 = (value: Value): Value => minus(v.shl(value, 4), value);
    set(low, times15(get(fifteen)));
    set(high, times15(v.shrU(get(sum), POINT)));
    for (const [i, lane] of others.entries()) {
      const shift = SHIFTS[i]!;
      set(quotient, v.shrU(get(lane), POINT - shift));
      set(high, plus(get(high), get(quotient)));
      set(lane, lowBits(shift === 0 ? get(lane) : v.shl(get(lane), shift)));
      set(low, plus(get(low), get(lane)));
      set(lane, plus(get(base), minus(get(quotient), v.times127(get(lane)))));
    }
    const divided = minus(v.shrU(get(low), POINT), v.times127(lowBits(get(low))));
    set(rest, plus(plus(get(high), divided), v.constant(P)));
    set(rest, v.minU(get(rest), minus(get(rest), v.constant(P))));
  };
}
