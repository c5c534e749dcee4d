// Sums of points of messages between shards against rows that SP1 6.4.0 made, and against the same in JavaScript.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumConstants, sumModule } from '../../../codegen/kernels/septic-sum.ts';
import { DUMMY_POINT, liftMessage, START_POINT } from '../../../runtime/curves/global-points.ts';
import { addPoints, type SepticPoint, septicMul } from '../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { sumsInJavaScript, sumsInWebAssembly } from '../../../src/machine/sp1/records/memory/point-sums.ts';
import { upstreamRows } from '../../chips/sp1-rows.ts';

const kernel = sumsInWebAssembly()!;
const element = fc.oneof(fc.nat(0xffff), fc.nat(0xff_ffff), fc.nat(koalaBear.modulus - 1));

test('this host has the kernel, whose constants fit its page', () => {
  expect(WebAssembly.validate(sumModule())).toBe(true);
  expect(kernel).toBeDefined();
  expect(sumConstants().every(Number.isSafeInteger)).toBe(true);
});

test("SP1's rows have the kernel's sums", () => {
  const rows = upstreamRows('Global').flatMap(({ list }) => list);
  expect(rows.length).toBeGreaterThan(30);
  for (const { columns } of rows) {
    const cells = columns as Readonly<Record<string, number[]>>;
    const sent = { x: cells['interaction.x_coordinate']!, y: cells['interaction.y_coordinate']! };
    const [x, y] = [cells['accumulation.initial_digest[0]']!, cells['accumulation.initial_digest[1]']!];
    expect(kernel.add({ x, y }, sent)).toEqual({
      x: cells['accumulation.cumulative_sum[0]'],
      y: cells['accumulation.cumulative_sum[1]'],
    });
  }
});

test('sums of random points are those of the reference, as objects and in place', () => {
  const words = ({ x, y }: SepticPoint): number[] => [...x, ...y];
  let sum = START_POINT;
  const inPlace = [kernel, sumsInJavaScript].map(sums => ({ ...sums, words: Uint32Array.from(words(START_POINT)) }));
  for (let i = 0; i < 100; i++) {
    const { point } = liftMessage([i, 2 * i, 3, 0, 0, 0, i * i, 0], 1);
    const next = kernel.add(sum, point);
    expect(next).toEqual(addPoints(sum, point));
    sum = next;
    for (const { addTo, words: at } of inPlace) {
      addTo(at, Uint32Array.of(0, ...words(point)), 1);
      expect([...at]).toEqual(words(sum));
    }
  }
});

test('products in the extension are exact where all coefficients are as large as they get', () => {
  const [A, B, OUT, CONSTANT] = [512, 576, 640, 704];
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(sumModule()));
  const memory = new BigInt64Array((exports.memory as WebAssembly.Memory).buffer);
  const call = exports as Record<string, (...parameters: number[]) => number>;
  const half = BigInt(koalaBear.modulus - 1) / 2n;
  const ofForm = (value: bigint): number => koalaBear.mul(koalaBear.of(value), koalaBear.inverse(koalaBear.r));
  const read = (at: number): number[] => [...memory.subarray(at / 8, at / 8 + 7)].map(ofForm);
  const signs = fc.array(fc.constantFrom(-half, half, 1n - half), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(signs, signs, (a, b) => {
      memory.set(a, A / 8);
      memory.set(b, B / 8);
      call.product!(OUT, A, B);
      expect(read(OUT)).toEqual(septicMul(a.map(ofForm), b.map(ofForm)));
      call.constant!(CONSTANT, A, B);
      expect(read(CONSTANT)[0]).toBe(read(OUT)[0]);
      const square = septicMul(a.map(ofForm), a.map(ofForm));
      call.squares!(OUT, A, 1);
      expect(read(OUT)).toEqual(square);
      call.squares!(OUT, A, 2);
      expect(read(OUT)).toEqual(septicMul(square, square));
    }),
    {
      examples: [
        [Array(7).fill(half), Array(7).fill(half)],
        [Array(7).fill(half), Array(7).fill(-half)],
      ],
    },
  );
});

test('a point is doubled, and sums with coefficients at the edges are exact', () => {
  expect(kernel.add(DUMMY_POINT, DUMMY_POINT)).toEqual(addPoints(DUMMY_POINT, DUMMY_POINT));
  const edge = fc.constantFrom(
    0,
    1,
    2,
    (koalaBear.modulus - 1) / 2,
    (koalaBear.modulus + 1) / 2,
    koalaBear.modulus - 1,
  );
  const side = fc.array(fc.oneof(edge, element), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(side, side, side, side, (x, y, z, w) => {
      fc.pre(x.some((one, i) => one !== z[i]));
      expect(kernel.add({ x, y }, { x: z, y: w })).toEqual(addPoints({ x, y }, { x: z, y: w }));
    }),
    { numRuns: 300 },
  );
});
