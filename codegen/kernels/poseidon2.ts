// Poseidon2 over KoalaBear of width 16, as functions on a state of i64 in memory, in Montgomery's form.
// What a linear layer leaves is below 36 p in magnitude: the next cube lowers it.

import {
  POSEIDON2_EXTERNAL,
  POSEIDON2_HALF_EXTERNAL_ROUNDS,
  POSEIDON2_INTERNAL,
  POSEIDON2_WIDTH,
} from '../../runtime/hashes/poseidon2.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { op, valueType } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { inForm, type KoalaBearValues, koalaBearValues } from './koala-bear.ts';

const WIDTH = POSEIDON2_WIDTH;
/** Bytes of the constants of a round of all lanes. */
const ROUND_BYTES = 8 * WIDTH;
/** Bytes of the constants of half the external rounds. */
export const POSEIDON2_HALF_BYTES: number = POSEIDON2_HALF_EXTERNAL_ROUNDS * ROUND_BYTES;

/** What the functions read at their constants: of all external rounds, then of the internal ones. */
export const poseidon2Constants = (): number[] => [...POSEIDON2_EXTERNAL, ...POSEIDON2_INTERNAL].map(inForm);

/** Shifts that stand for the internal diagonal, but its first, which is -2. */
const SHIFTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15];

const loaded = (v: KoalaBearValues, state: number): number[] =>
  Array.from({ length: WIDTH }, (_, i) => {
    const lane = v.local();
    v.set(lane, v.load(undefined, state + 8 * i));
    return lane;
  });

function stored(v: KoalaBearValues, state: number, lanes: readonly number[]): void {
  for (const [i, lane] of lanes.entries()) v.store(undefined, state + 8 * i, v.get(lane));
}

/** (): the first linear layer. */
export function poseidon2MixFunction(state: number): CodeWriter {
  const code = codeWriter(0);
  const v = koalaBearValues(code);
  const lanes = loaded(v, state);
  mix(v, lanes);
  stored(v, state, lanes);
  return code;
}

/** (constants): four external rounds, whose constants are at an address. */
export function poseidon2ExternalFunction(state: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearValues(code);
  const lanes = loaded(v, state);
  const mixing = mixer(v);
  rounds(code, 0, ROUND_BYTES, POSEIDON2_HALF_EXTERNAL_ROUNDS, () => {
    for (const [i, lane] of lanes.entries()) cube(v, lane, v.load(0, 8 * i));
    mixing(lanes);
  });
  stored(v, state, lanes);
  return code;
}

/** (constants): the internal rounds. Reduction divides by 2^32, as the matrix does. */
export function poseidon2InternalFunction(state: number): CodeWriter {
  const code = codeWriter(1);
  const v = koalaBearValues(code);
  const lanes = loaded(v, state);
  const sum = v.local();
  const [first, ...others] = lanes as [number, ...number[]];
  rounds(code, 0, 8, POSEIDON2_INTERNAL.length, () => {
    cube(v, first, v.load(0, 0));
    v.set(sum, total(v, lanes));
    v.set(first, v.reduced(v.sub(v.sub(v.get(sum), v.get(first)), v.get(first))));
    for (const [i, lane] of others.entries()) {
      v.set(lane, v.reduced(v.add(v.get(sum), v.shl(v.get(lane), v.constant(SHIFTS[i]!)))));
    }
  });
  stored(v, state, lanes);
  return code;
}

/** Repeats `body` with the address in a local raised each time. */
export function rounds(code: CodeWriter, address: number, bytes: number, count: number, body: () => void): void {
  const left = code.addLocal(valueType.i32);
  code.i32Const(count);
  code.localSet(left);
  const again = code.loop();
  body();
  code.localGet(address);
  code.i32Const(bytes);
  code.op(op.i32Add);
  code.localSet(address);
  code.localGet(left);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(left);
  code.brIf(again);
  code.end();
}

const total = (v: KoalaBearValues, lanes: readonly number[]): Value => lanes.map(v.get).reduce(v.add);

function cube(v: KoalaBearValues, lane: number, constant: Value): void {
  const y = v.get(lane);
  v.set(lane, v.lowered(v.add(y, constant)));
  v.set(lane, v.reduced(v.mul(v.reduced(v.mul(y, y)), y)));
}

const mix = (v: KoalaBearValues, lanes: readonly number[]): void => mixer(v)(lanes);

/** circ(2 M, M, M, M) with M = circ(2, 3, 1, 1). */
function mixer(v: KoalaBearValues): (lanes: readonly number[]) => void {
  const [sum, first] = [v.local(), v.local()];
  const columns = v.locals(4);
  return lanes => {
    for (let i = 0; i < WIDTH; i += 4) {
      const four = lanes.slice(i, i + 4);
      v.set(sum, total(v, four));
      v.set(first, v.get(four[0]!));
      for (const [j, lane] of four.entries()) {
        const next = v.get(four[j + 1] ?? first);
        v.set(lane, v.add(v.add(v.get(sum), v.get(lane)), v.shl(next, v.constant(1))));
      }
    }
    for (const [j, column] of columns.entries()) {
      v.set(
        column,
        total(
          v,
          [0, 4, 8, 12].map(i => lanes[i + j]!),
        ),
      );
    }
    for (const [i, lane] of lanes.entries()) v.set(lane, v.add(v.get(lane), v.get(columns[i % 4]!)));
  };
}
