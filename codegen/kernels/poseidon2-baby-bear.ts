// Poseidon2 over BabyBear of width 16 as one function on i64 in memory, canonical before and behind it and in Montgomery's form
// between. Bounds are in units of 2^30, p being 1.875: a seventh power is below 1.44, its linear layer below 51; lowered twice, that is 1.4.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import { BABY_BEAR_POSEIDON2, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { codeWriter } from '../wasm/binary/code.ts';
import { valueType } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { curveModule } from './curves/curve-module.ts';
import { centred, type FieldValues, fieldValues, inFormOf } from './koala-bear.ts';
import { rounds } from './rounds.ts';

const { external, internal, diagonal } = BABY_BEAR_POSEIDON2;
const HALF_ROUNDS = external.length / WIDTH / 2;
const ROUND_BYTES = 8 * WIDTH;
/** Where the host writes `babyBearConstants`, in i64; the state is before it. */
export const BABY_BEAR_CONSTANTS = 256;
const INTERNAL_AT = BABY_BEAR_CONSTANTS + 8 * external.length;

/** Of all external rounds, then of the internal ones. */
export const babyBearConstants = (): number[] => [...external, ...internal].map(word => inFormOf(babyBear, word));

/** A module with the function `permute` on the 16 i64 at 0. */
export const poseidon2BabyBearModule = (): Uint8Array<ArrayBuffer> =>
  curveModule({ permute: [0] }, () => ({ permute: permuteFunction() }));

function permuteFunction(): ReturnType<typeof codeWriter> {
  const code = codeWriter(0);
  const v = fieldValues(code, babyBear);
  const at = code.addLocal(valueType.i32);
  const lanes = v.locals(WIDTH);
  const mixing = mixer(v, lanes);
  const inForms = v.constant(centred(babyBear.r2, babyBear));
  for (const [i, lane] of lanes.entries()) v.set(lane, v.reduced(v.mul(v.load(undefined, 8 * i), inForms)));
  mixing();
  const externalRounds = (from: number): void => {
    code.i32Const(from);
    code.localSet(at);
    rounds(code, at, ROUND_BYTES, HALF_ROUNDS, () => {
      for (const [i, lane] of lanes.entries()) seventh(v, lane, v.load(at, 8 * i));
      mixing();
    });
  };
  externalRounds(BABY_BEAR_CONSTANTS);
  for (const lane of lanes) v.set(lane, lowered(v, v.get(lane)));
  code.i32Const(INTERNAL_AT);
  code.localSet(at);
  const sum = v.local();
  rounds(code, at, 8, internal.length, () => {
    seventh(v, lanes[0]!, v.load(at, 0));
    v.set(sum, lowered(v, lanes.map(v.get).reduce(v.add)));
    for (const [i, lane] of lanes.entries()) {
      const scaled = v.reduced(v.mul(v.get(lane), v.constant(inFormOf(babyBear, diagonal[i]!))));
      v.set(lane, v.add(scaled, v.get(sum)));
    }
  });
  externalRounds(BABY_BEAR_CONSTANTS + HALF_ROUNDS * ROUND_BYTES);
  for (const [i, lane] of lanes.entries()) v.store(undefined, 8 * i, v.canonical(v.reduced(lowered(v, v.get(lane)))));
  return code;
}

const lowered = (v: FieldValues, y: Value): Value => v.lowered(v.lowered(y));

function seventh(v: FieldValues, lane: number, constant: Value): void {
  const [y, square, fourth] = [v.get(lane), v.local(), v.local()];
  v.set(lane, lowered(v, v.add(y, constant)));
  v.set(square, v.reduced(v.mul(y, y)));
  v.set(fourth, v.reduced(v.mul(v.get(square), v.get(square))));
  v.set(square, v.reduced(v.mul(v.get(square), v.get(fourth))));
  v.set(lane, v.reduced(v.mul(v.get(square), y)));
}

/** Each group of four by [[2,3,1,1],[1,2,3,1],[1,1,2,3],[3,1,1,2]], then plus the sum over groups. */
function mixer(v: FieldValues, lanes: readonly number[]): () => void {
  const [sum, first] = [v.local(), v.local()];
  const columns = v.locals(4);
  const total = (all: readonly number[]): Value => all.map(v.get).reduce(v.add);
  return () => {
    for (let i = 0; i < WIDTH; i += 4) {
      const four = lanes.slice(i, i + 4);
      v.set(sum, total(four));
      v.set(first, v.get(four[0]!));
      for (const [j, lane] of four.entries()) {
        const next = v.get(four[j + 1] ?? first);
        v.set(lane, v.add(v.add(v.get(sum), v.get(lane)), v.shl(next, v.constant(1))));
      }
    }
    for (const [j, column] of columns.entries()) v.set(column, total([0, 4, 8, 12].map(i => lanes[i + j]!)));
    for (const [i, lane] of lanes.entries()) v.set(lane, v.add(v.get(lane), v.get(columns[i % 4]!)));
  };
}
