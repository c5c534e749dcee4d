// Poseidon2 over BabyBear of four states side by side, and the trees of a commitment: rows hashed, digests compressed.

import { BABY_BEAR_POSEIDON2, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { rounds } from '../kernels/poseidon2.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../wasm/binary/values.ts';
import { montgomery } from './lane-products.ts';
import { type Lanes, lanes } from './lanes.ts';
import { repeat } from './loops.ts';

const { external, internal } = BABY_BEAR_POSEIDON2;
const HALF_ROUNDS = external.length / WIDTH / 2;
const VECTOR_BYTES = 16;
const ROUND_BYTES = WIDTH * VECTOR_BYTES;
const INTERNAL_BYTES = 2 * HALF_ROUNDS * ROUND_BYTES;
const DIGEST_BYTES = 32;
const RATE = 8;
/** Bytes of a state of four lanes. */
export const STATE_BYTES: number = ROUND_BYTES;

/** Words of the constants: each four times. */
export const hashConstants = (): number[] =>
  [...external, ...internal].flatMap(word => new Array<number>(4).fill(montgomery(word)));

/** The internal matrix less one, by lane: a multiple by addition, or a power of two that is divided by. */
const DIAGONAL: readonly { readonly isNegative: boolean; readonly times?: 1 | 2 | 3 | 4; readonly over?: number }[] = [
  ...([-2, 1, 2] as const).map(k => ({ isNegative: k < 0, times: Math.abs(k) as 1 | 2 })),
  { isNegative: false, over: 1 },
  ...([3, 4] as const).map(k => ({ isNegative: false, times: k })),
  { isNegative: true, over: 1 },
  ...([3, 4] as const).map(k => ({ isNegative: true, times: k })),
  ...[8, 2, 3, 27].map(k => ({ isNegative: false, over: k })),
  ...[8, 4, 27].map(k => ({ isNegative: true, over: k })),
];

/** (state): permutes the 16 vectors at an address. */
export function permuteFunction(constants: number): CodeWriter {
  const code = codeWriter(1);
  const v = lanes(code);
  const at = code.addLocal(valueType.i32);
  const state = v.locals(WIDTH);
  for (const [i, word] of state.entries()) v.set(word, v.load(0, VECTOR_BYTES * i));
  const mix = mixer(v, state);
  const seventh = boxes(v);
  const externalRounds = (from: number): void => {
    code.i32Const(from);
    code.localSet(at);
    rounds(code, at, ROUND_BYTES, HALF_ROUNDS, () => {
      for (const [i, word] of state.entries()) seventh(word, v.load(at, VECTOR_BYTES * i));
      mix();
    });
  };
  mix();
  externalRounds(constants);
  code.i32Const(constants + INTERNAL_BYTES);
  code.localSet(at);
  const sum = v.local();
  rounds(code, at, VECTOR_BYTES, internal.length, () => {
    seventh(state[0]!, v.load(at));
    v.set(sum, total(v, state));
    for (const [i, word] of state.entries()) {
      const scaled = multiple(v, word, DIAGONAL[i]!);
      v.set(word, DIAGONAL[i]!.isNegative ? v.sub(v.get(sum), scaled) : v.add(v.get(sum), scaled));
    }
  });
  externalRounds(constants + HALF_ROUNDS * ROUND_BYTES);
  for (const [i, word] of state.entries()) v.store(0, VECTOR_BYTES * i, v.get(word));
  return code;
}

const total = (v: Lanes, all: readonly number[]): Value =>
  all.length === 1
    ? v.get(all[0]!)
    : v.add(total(v, all.slice(0, all.length / 2)), total(v, all.slice(all.length / 2)));

function multiple(v: Lanes, word: number, { times = 1, over }: (typeof DIAGONAL)[number]): Value {
  const x = v.get(word);
  if (over !== undefined) return v.halved(x, over);
  return { 1: x, 2: v.double(x), 3: v.add(v.double(x), x), 4: v.double(v.double(x)) }[times];
}

/** (word + constant)^7 into the word. */
function boxes(v: Lanes): (word: number, constant: Value) => void {
  const [square, cube] = v.locals(2) as [number, number];
  return (word, constant) => {
    const y = v.get(word);
    v.set(word, v.add(y, constant));
    v.set(square, v.mulSigned(y, y));
    v.set(cube, v.mulSigned(v.get(square), y));
    v.set(square, v.mulSigned(v.get(square), v.get(square)));
    v.set(word, v.canonical(v.mulSigned(v.get(square), v.get(cube))));
  };
}

/** Each group of four by [[2,3,1,1],[1,2,3,1],[1,1,2,3],[3,1,1,2]], then plus the sum over groups. */
function mixer(v: Lanes, state: readonly number[]): () => void {
  const [ab, cd, all, allB, allD] = v.locals(5) as [number, number, number, number, number];
  const columns = v.locals(4);
  return () => {
    for (let i = 0; i < WIDTH; i += 4) {
      const four = state.slice(i, i + 4) as [number, number, number, number];
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
    for (const [j, column] of columns.entries())
      v.set(
        column,
        total(
          v,
          [0, 4, 8, 12].map(i => state[i + j]!),
        ),
      );
    for (const [i, word] of state.entries()) v.set(word, v.add(v.get(word), v.get(columns[i % 4]!)));
  };
}

/** The digest's words of four states as rows of digests: word w of digest i is in lane i of vector w. */
function transposed(v: Lanes, four: readonly number[]): Value[] {
  const [a, b, c, d] = four.map(v.get) as [Value, Value, Value, Value];
  const pairs = v.locals(4) as [number, number, number, number];
  v.set(pairs[0], v.shuffle(a, b, [0, 4, 1, 5]));
  v.set(pairs[1], v.shuffle(c, d, [0, 4, 1, 5]));
  v.set(pairs[2], v.shuffle(a, b, [2, 6, 3, 7]));
  v.set(pairs[3], v.shuffle(c, d, [2, 6, 3, 7]));
  const [ab, cd, abHigh, cdHigh] = pairs.map(v.get) as [Value, Value, Value, Value];
  return [
    v.shuffle(ab, cd, [0, 1, 4, 5]),
    v.shuffle(ab, cd, [2, 3, 6, 7]),
    v.shuffle(abHigh, cdHigh, [0, 1, 4, 5]),
    v.shuffle(abHigh, cdHigh, [2, 3, 6, 7]),
  ];
}

const HASH_PARAMETERS = { list: 0, columns: 1, row: 2, rows: 3, digests: 4, reversed: 5, height: 6 } as const;

/**
 * (list of columns' addresses, how many, first row, rows, digests, the row bit-reversed, rows of all): hashes rows, four at a time, into
 * the digests at their bit-reversed numbers.
 */
export function hashRowsFunction(permute: number, scratch: number): CodeWriter {
  const code = codeWriter(7);
  const v = lanes(code);
  const i32 = values(code, 32);
  const p = HASH_PARAMETERS;
  const [state, column, left, at, filled] = i32.locals(5) as [number, number, number, number, number];
  code.globalGet(scratch);
  code.localSet(state);
  const four = v.locals(4);
  repeat(code, p.rows, 4, () => {
    for (let i = 0; i < WIDTH; i++) v.store(state, VECTOR_BYTES * i, v.constant(0));
    i32.set(column, i32.get(p.list));
    i32.set(left, i32.get(p.columns));
    i32.set(at, i32.get(state));
    i32.set(filled, i32.constant(0));
    repeat(code, left, 1, () => {
      code.localGet(at);
      i32.add(i32.load(column, 0), i32.shl(i32.get(p.row), i32.constant(2)))();
      code.access(access.v128Load, 0, 2);
      code.access(access.v128Store, 0, 2);
      i32.set(column, i32.add(i32.get(column), i32.constant(4)));
      i32.set(at, i32.add(i32.get(at), i32.constant(VECTOR_BYTES)));
      i32.set(filled, i32.add(i32.get(filled), i32.constant(1)));
      i32.eq(i32.get(filled), i32.constant(RATE))();
      code.if();
      permuteState(code, permute, state);
      i32.set(filled, i32.constant(0));
      i32.set(at, i32.get(state));
      code.end();
    });
    i32.get(filled)();
    code.if();
    permuteState(code, permute, state);
    code.end();
    scatter(v, i32, state, four);
    nextReversed(code, i32);
    i32.set(p.row, i32.add(i32.get(p.row), i32.constant(4)));
  });
  return code;
}

function permuteState(code: CodeWriter, permute: number, state: number): void {
  code.localGet(state);
  code.call(permute);
}

/** Rows r to r + 3 are leaves rev(r) + 0, 1/2, 1/4, 3/4 of the height. */
function scatter(v: Lanes, i32: Values, state: number, four: readonly number[]): void {
  const p = HASH_PARAMETERS;
  const address = i32.local();
  for (const half of [0, 4]) {
    for (const [i, word] of four.entries()) v.set(word, v.load(state, VECTOR_BYTES * (half + i)));
    const rows = transposed(v, four);
    for (const [i, row] of rows.entries()) {
      const part = [0, 2, 1, 3][i]!; // quarters of the height
      const quarters = i32.mul(i32.shrU(i32.get(p.height), i32.constant(2)), i32.constant(part));
      const leaf = i32.add(i32.get(p.reversed), quarters);
      i32.set(address, i32.add(i32.get(p.digests), i32.mul(leaf, i32.constant(DIGEST_BYTES))));
      v.store(address, 4 * half, row);
    }
  }
}

/** Adds four to a number whose bits are reversed: the carry goes from an eighth of the height downwards. */
function nextReversed(code: CodeWriter, i32: Values): void {
  const p = HASH_PARAMETERS;
  const bit = i32.local();
  i32.set(bit, i32.shrU(i32.get(p.height), i32.constant(3)));
  const carried = code.block();
  const again = code.loop();
  i32.and(i32.get(p.reversed), i32.get(bit))();
  code.op(op.i32Eqz);
  code.brIf(carried);
  i32.set(p.reversed, i32.xor(i32.get(p.reversed), i32.get(bit)));
  i32.set(bit, i32.shrU(i32.get(bit), i32.constant(1)));
  code.br(again);
  code.end();
  code.end();
  i32.set(p.reversed, i32.or(i32.get(p.reversed), i32.get(bit)));
}

/** (left, right, bytes from one to the next, out, digests): compresses pairs of digests, four at a time. */
export function compressFunction(permute: number, scratch: number): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const i32 = values(code, 32);
  const p = { left: 0, right: 1, stride: 2, out: 3, count: 4 };
  const [state, address] = i32.locals(2) as [number, number];
  code.globalGet(scratch);
  code.localSet(state);
  const four = v.locals(4);
  repeat(code, p.count, 4, () => {
    for (const [side, words] of [
      [p.left, 0],
      [p.right, RATE],
    ] as const)
      for (const half of [0, 4]) {
        for (const [i, digest] of four.entries()) {
          i32.set(address, i32.add(i32.get(side), i32.mul(i32.get(p.stride), i32.constant(i))));
          v.set(digest, v.load(address, 4 * half));
        }
        for (const [i, word] of transposed(v, four).entries()) v.store(state, VECTOR_BYTES * (words + half + i), word);
      }
    permuteState(code, permute, state);
    for (const half of [0, 4]) {
      for (const [i, word] of four.entries()) v.set(word, v.load(state, VECTOR_BYTES * (half + i)));
      for (const [i, digest] of transposed(v, four).entries()) v.store(p.out, DIGEST_BYTES * i + 4 * half, digest);
    }
    const step = i32.shl(i32.get(p.stride), i32.constant(2));
    i32.set(p.left, i32.add(i32.get(p.left), step));
    i32.set(p.right, i32.add(i32.get(p.right), step));
    i32.set(p.out, i32.add(i32.get(p.out), i32.constant(4 * DIGEST_BYTES)));
  });
  return code;
}
