// The kernel of Global against rows that SP1 6.4.0 made, and against the same in JavaScript.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globalConstants, globalModule } from '../../../codegen/kernels/global.ts';
import { DUMMY_POINT, START_POINT } from '../../../runtime/curves/global-points.ts';
import { addPoints, curveRight, septicMul, septicNegate } from '../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { pointsInJavaScript, pointsInWebAssembly } from '../../../src/machine/sp1/records/memory/global-lift.ts';
import { upstreamRows } from '../../chips/sp1-rows.ts';

const kernel = pointsInWebAssembly()!;
const element = fc.oneof(fc.nat(0xffff), fc.nat(0xff_ffff), fc.nat(koalaBear.modulus - 1));
const message = fc.array(element, { minLength: 8, maxLength: 8 });

test('this host has the kernel, whose constants fit its page', () => {
  expect(WebAssembly.validate(globalModule())).toBe(true);
  expect(kernel).toBeDefined();
  expect(globalConstants().every(Number.isSafeInteger)).toBe(true);
});

test("SP1's rows have the kernel's points, offsets and sums", () => {
  const rows = upstreamRows('Global').flatMap(({ list }) => list);
  expect(rows.length).toBeGreaterThan(30);
  for (const { from, columns } of rows) {
    const cells = columns as Readonly<Record<string, number[]>>;
    const { point, offset } = kernel.lift((from.event.message as number[]).map(Number), from.event.kind);
    const sent = from.event.is_receive ? point : { x: point.x, y: septicNegate(point.y) };
    expect(sent).toEqual({ x: cells['interaction.x_coordinate'], y: cells['interaction.y_coordinate'] });
    expect(offset).toBe(columns['interaction.offset'] ?? 0); // zeros are left out
    const [x, y] = [cells['accumulation.initial_digest[0]']!, cells['accumulation.initial_digest[1]']!];
    expect(kernel.add({ x, y }, sent)).toEqual({
      x: cells['accumulation.cumulative_sum[0]'],
      y: cells['accumulation.cumulative_sum[1]'],
    });
  }
});

test('random messages have the points of the reference, on the curve', () => {
  fc.assert(
    fc.property(message, fc.nat(63), (elements, kind) => {
      const lifted = kernel.lift(elements, kind);
      expect(lifted).toEqual(pointsInJavaScript.lift(elements, kind));
      expect(septicMul(lifted.point.y, lifted.point.y)).toEqual(curveRight(lifted.point.x));
    }),
    {
      numRuns: 200,
      examples: [
        [Array(8).fill(0), 0],
        [Array(8).fill(koalaBear.modulus - 1), 63],
      ],
    },
  );
});

test('sums of random points are those of the reference', () => {
  let sum = START_POINT;
  for (let i = 0; i < 200; i++) {
    const { point } = kernel.lift([i, 2 * i, 3, 0, 0, 0, i * i, 0], 1);
    const next = kernel.add(sum, point);
    expect(next).toEqual(addPoints(sum, point));
    sum = next;
  }
});

test('products in the extension are exact where all coefficients are as large as they get', () => {
  const [A, B, OUT] = [512, 576, 640];
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(globalModule()));
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
      expect(ofForm(BigInt(call.constant!(A, B)))).toBe(read(OUT)[0]);
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

test('a chain has the points and sums of its messages one by one', () => {
  const steps = fc.array(fc.tuple(message, fc.boolean()), { maxLength: 12 });
  fc.assert(
    fc.property(steps, fc.nat(63), (list, kind) => {
      let sum = START_POINT;
      const chains = [kernel.chain(), pointsInJavaScript.chain()];
      for (const [words, isReceive] of list) {
        const { point, offset } = pointsInJavaScript.lift(words, kind);
        const y = isReceive ? point.y : septicNegate(point.y);
        sum = addPoints(sum, { x: point.x, y });
        for (const chain of chains) {
          chain.message.set(words);
          expect(chain.next(kind, isReceive)).toBe(offset);
          expect([...chain.y]).toEqual(y);
          expect([...chain.sum]).toEqual([...sum.x, ...sum.y]);
        }
      }
    }),
    { numRuns: 20 },
  );
});
