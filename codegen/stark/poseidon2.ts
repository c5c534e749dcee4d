// Poseidon2 over BabyBear of four states side by side, and the trees of a commitment: rows hashed, digests compressed.

import { P } from '../../runtime/fields/baby-bear.ts';
import { BABY_BEAR_POSEIDON2, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { layerMixer } from '../kernels/lanes/external-layer.ts';
import { rounds } from '../kernels/rounds.ts';
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

/** Words of the constants, less by p: each four times. */
export const hashConstants = (): number[] =>
  [...external, ...internal].flatMap(word => new Array<number>(4).fill(montgomery(word) - P));

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

/**
 * (state): permutes the 16 vectors at an address. Words are read, computed and written back one by one: of words in locals V8's
 * scheduler makes all products of a round before it adds any, and 40 % of its instructions are spills.
 */
export function permuteFunction(constants: number): CodeWriter {
  const code = codeWriter(1);
  const v = lanes(code);
  const at = code.addLocal(valueType.i32);
  const seventh = seventhPower(v);
  const mix = layerMixer(v, { word: i => word(v, i), store: (i, value) => v.store(0, VECTOR_BYTES * i, value) });
  const externalRounds = (from: number): void => {
    code.i32Const(from);
    code.localSet(at);
    rounds(code, at, ROUND_BYTES, HALF_ROUNDS, () => {
      for (let i = 0; i < WIDTH; i++) v.store(0, VECTOR_BYTES * i, seventh(word(v, i), v.load(at, VECTOR_BYTES * i)));
      mix();
    });
  };
  mix();
  externalRounds(constants);
  internalRounds(v, constants + INTERNAL_BYTES, at, seventh);
  externalRounds(constants + HALF_ROUNDS * ROUND_BYTES);
  return code;
}

const word = (v: Lanes, i: number): Value => v.load(0, VECTOR_BYTES * i);

/** As a tree: fewer additions wait for each other. */
const sumOf = (v: Lanes, all: readonly Value[]): Value => {
  const half = all.length >> 1;
  return half === 0 ? all[0]! : v.add(sumOf(v, all.slice(0, half)), sumOf(v, all.slice(half)));
};

/** The sum of all words but the first is made while they are. */
function internalRounds(v: Lanes, constants: number, at: number, seventh: Box): void {
  const { code } = v;
  const [first, sum, changed, rest] = v.locals(4) as [number, number, number, number];
  const halves = v.locals(2);
  v.set(
    rest,
    sumOf(
      v,
      Array.from({ length: WIDTH - 1 }, (_, i) => word(v, i + 1)),
    ),
  );
  v.set(first, word(v, 0));
  code.i32Const(constants);
  code.localSet(at);
  rounds(code, at, VECTOR_BYTES, internal.length, () => {
    v.set(first, seventh(v.get(first), v.load(at)));
    v.set(sum, v.add(v.get(first), v.get(rest)));
    v.set(first, v.sub(v.get(sum), v.double(v.get(first))));
    for (let i = 1; i < WIDTH; i++) {
      const { isNegative } = DIAGONAL[i]!;
      const scaled = multiple(v, word(v, i), DIAGONAL[i]!);
      v.set(changed, isNegative ? v.sub(v.get(sum), scaled) : v.add(v.get(sum), scaled));
      v.store(0, VECTOR_BYTES * i, v.get(changed));
      const half = halves[i % 2]!;
      v.set(half, i <= halves.length ? v.get(changed) : v.add(v.get(half), v.get(changed)));
    }
    v.set(rest, sumOf(v, halves.map(v.get)));
  });
  v.store(0, 0, v.get(first));
}

function multiple(v: Lanes, x: Value, { times = 1, over }: (typeof DIAGONAL)[number]): Value {
  if (over !== undefined) return v.halved(x, over);
  return { 1: x, 2: v.double(x), 3: v.add(v.double(x), x), 4: v.double(v.double(x)) }[times];
}

/** (x + constant)^7; constants are less by p. */
export type Box = (x: Value, constant: Value) => Value;

export function seventhPower(v: Lanes): Box {
  const [first, second, third, fourth] = v.locals(4) as [number, number, number, number];
  const [y, square, cube] = [first, second, third].map(v.get) as [Value, Value, Value];
  const overP = v.local();
  return (x, constant) => () => {
    v.set(first, v.plus(x, constant));
    v.set(overP, v.overP(y));
    v.set(second, v.mulSigned(y, y, v.low(y, v.get(overP))));
    v.set(third, v.mulSigned(square, y, v.low(square, v.get(overP))));
    v.set(fourth, v.mulSigned(square, square, v.low(square, v.overP(square))));
    v.canonical(v.mulSigned(cube, v.get(fourth), v.low(v.get(fourth), v.overP(cube))))();
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
