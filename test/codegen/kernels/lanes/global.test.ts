// Messages between shards lifted four at a time, against rows that SP1 6.4.0 made and against the same in JavaScript; the kernel's parts
// against the field's own arithmetic.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  LANES,
  LANES_CHOSEN,
  LANES_MESSAGE,
  LANES_POINT,
  LANES_TRIED,
  lanesConstants,
  lanesModule,
} from '../../../../codegen/kernels/lanes/global.ts';
import { curveRight, septicMul, septicNegate, septicSquareRoot } from '../../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import { poseidon2Permute } from '../../../../runtime/hashes/poseidon2.ts';
import { laneKernel, liftInJavaScript, liftInLanes } from '../../../../src/machine/sp1/records/memory/lift-messages.ts';
import { upstreamRows } from '../../../chips/sp1-rows.ts';

const DEGREE = 7;
const P = koalaBear.modulus;
const HALF = (P - 1) / 2;
const { words, bytes, at: constantsAt } = lanesConstants();
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(lanesModule()));
const call = exports as Record<string, (...parameters: number[]) => number>;
const memory = new Int32Array((exports.memory as WebAssembly.Memory).buffer);
memory.set(words, constantsAt / 4);
new Uint8Array(memory.buffer).set(bytes, constantsAt + 4 * words.length);

const kernel = laneKernel()!;
const lift = liftInLanes(kernel);
const element = fc.oneof(fc.nat(0xffff), fc.nat(0xff_ffff), fc.nat(P - 1));
const coefficients = (one: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(one, { minLength: DEGREE, maxLength: DEGREE });
const fourOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: LANES, maxLength: LANES });

/** From canonical to Montgomery's form, centred, and back from any number. */
const inForm = (a: number): number => {
  const word = koalaBear.mul(a, koalaBear.r);
  return word > HALF ? word - P : word;
};
const ofForm = (a: number): number => koalaBear.mul(((a % P) + P) % P, koalaBear.inverse(koalaBear.r));

function put(at: number, four: readonly (readonly number[])[], form = inForm): void {
  for (const [lane, one] of four.entries())
    for (const [i, a] of one.entries()) memory[at / 4 + LANES * i + lane] = form(a);
}

const read = (at: number, lane: number, count = DEGREE, form = ofForm): number[] =>
  Array.from({ length: count }, (_, i) => form(memory[at / 4 + LANES * i + lane]!));

const [A, B, OUT, NUMBER] = [LANES_CHOSEN.x, LANES_CHOSEN.right, LANES_POINT.x, LANES_POINT.y];

test("SP1's rows have the kernel's points and offsets", () => {
  const rows = upstreamRows('Global').flatMap(({ list }) => list);
  expect(rows.length).toBeGreaterThan(30);
  const messages = rows.flatMap(({ from }) => [
    ...(from.event.message as number[]).map(Number),
    from.event.kind as number,
  ]);
  const { points, offsets } = lift(Uint32Array.from(messages));
  for (const [row, { from, columns }] of rows.entries()) {
    const cells = columns as Readonly<Record<string, number[]>>;
    const [x, y] = [0, DEGREE].map(i => [...points.subarray(14 * row + i, 14 * row + i + DEGREE)]) as [
      number[],
      number[],
    ];
    expect(x).toEqual(cells['interaction.x_coordinate']);
    expect(from.event.is_receive ? y : septicNegate(y)).toEqual(cells['interaction.y_coordinate']);
    expect(offsets[row]).toBe(columns['interaction.offset'] ?? 0); // zeros are left out
  }
});

test('any messages, however many, have the points of the reference; bits above the kind do not count', () => {
  const message = fc.tuple(...Array.from({ length: 8 }, () => element), fc.nat(63), fc.constantFrom(0, 256));
  const list = fc.array(message, { maxLength: 9 });
  fc.assert(
    fc.property(list, all => {
      const messages = Uint32Array.from(all.flatMap(one => [...one.slice(0, 8), one[8]! + one[9]!]));
      expect(lift(messages)).toEqual(liftInJavaScript(messages));
    }),
    {
      numRuns: 30,
      examples: [
        [[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]],
        [[[P - 1, P - 1, P - 1, P - 1, P - 1, P - 1, P - 1, P - 1, 63, 256]]],
      ],
    },
  );
});

test('messages of whose hash nothing is known are lifted one by one', () => {
  const messages = Uint32Array.from({ length: 9 * 10 }, (_, i) => (i % 9 === 8 ? 1 : i));
  let tries = 0;
  const doubting = liftInLanes({ ...kernel, try: () => (tries++ % 2 === 0 ? 0xf0 : 0x50) | kernel.try() });
  expect(doubting(messages)).toEqual(liftInJavaScript(messages));
  expect(tries).toBeGreaterThan(2);
});

test('hashes are those of the reference', () => {
  fc.assert(
    fc.property(fourOf(fc.array(element, { minLength: 8, maxLength: 8 })), four => {
      put(LANES_MESSAGE, four, a => a);
      call.hash!();
      for (const [lane, message] of four.entries()) {
        const state = Int32Array.of(...message, 0, 0, 0, 0, 0, 0, 0, 0);
        poseidon2Permute(state);
        expect(read(LANES_TRIED.x, lane)).toEqual([...state.subarray(0, DEGREE)]);
      }
    }),
    { numRuns: 50, examples: [[[8, 8, 8, 8].map(length => Array(length).fill(P - 1))]] },
  );
});

test('products, squares and the curve are exact where all coefficients are as large as they get', () => {
  const signs = coefficients(fc.oneof(fc.constantFrom(-HALF, HALF, 1 - HALF), fc.integer({ min: -HALF, max: HALF })));
  fc.assert(
    fc.property(fourOf(signs), fourOf(signs), (a, b) => {
      put(A, a, x => x);
      put(B, b, x => x);
      const of = (four: readonly number[][], lane: number): number[] => four[lane]!.map(ofForm);
      const same = (value: (lane: number) => readonly number[]): void => {
        for (let lane = 0; lane < LANES; lane++) expect(read(OUT, lane)).toEqual(value(lane));
      };
      call.product!(OUT, A, B);
      same(lane => septicMul(of(a, lane), of(b, lane)));
      const square = (lane: number): readonly number[] => septicMul(of(a, lane), of(a, lane));
      call.squares!(OUT, A, 1);
      same(square);
      call.cubic!(OUT, OUT, A);
      same(lane => curveRight(of(a, lane)));
      call.squares!(OUT, A, 2);
      same(lane => septicMul(square(lane), square(lane)));
      call.constant!(OUT, A, B);
      for (let lane = 0; lane < LANES; lane++) {
        expect(read(OUT, lane, 1)).toEqual([septicMul(of(a, lane), of(b, lane))[0]]);
      }
    }),
    {
      numRuns: 100,
      examples: [HALF, -HALF].map(h => [Array(4).fill(Array(7).fill(HALF)), Array(4).fill(Array(7).fill(h))]),
    },
  );
});

test('what is said to be a square is one and has its root, and what is not known is said', () => {
  const sparse = coefficients(fc.oneof(element, fc.constantFrom(0, 0, 1)));
  let unknown = 0;
  fc.assert(
    fc.property(fourOf(fc.tuple(sparse, fc.boolean())), list => {
      const four = list.map(([a, isSquared]) => (isSquared ? septicMul(a, a) : a));
      put(B, four);
      call.norm!(NUMBER, B, OUT);
      call.isSquare!(NUMBER, NUMBER);
      const [isSquare, isOdd] = [NUMBER, OUT].map(at => [...memory.subarray(at / 4, at / 4 + LANES)]);
      const roots = four.map(a => septicSquareRoot(a));
      for (const [lane, a] of four.entries()) {
        if (isOdd![lane] !== 0) unknown++;
        else expect(isSquare![lane], `${a}`).toBe(roots[lane] === undefined ? 0 : -1);
      }
      if (roots.some((root, lane) => root === undefined || four[lane]!.every(x => x === 0))) return;
      put(LANES_CHOSEN.x, four);
      call.root!();
      for (const [lane, a] of four.entries()) {
        expect(read(LANES_POINT.x, lane, DEGREE, x => x)).toEqual(a);
        const y = read(LANES_POINT.y, lane, DEGREE, x => x);
        expect(y.every(x => x >= 0 && x < P)).toBe(true);
        expect(septicMul(y, y)).toEqual(a);
      }
    }),
    { numRuns: 150 },
  );
  expect(unknown).toBeGreaterThan(10);
});

test('a root of each of 200 squares, in which all digits of exponents come up', () => {
  for (let i = 0; i < 50; i++) {
    const four = [0, 1, 2, 3].map(lane =>
      Array.from({ length: DEGREE }, (_, k) => (i * 7919 + lane * 104_729 + k * k) % P),
    );
    put(
      LANES_CHOSEN.right,
      four.map(a => septicMul(a, a)),
    );
    call.root!();
    for (const [lane, a] of four.entries()) {
      const y = read(LANES_POINT.y, lane, DEGREE, x => x);
      expect([a, septicNegate(a)]).toContainEqual(y);
    }
  }
});
