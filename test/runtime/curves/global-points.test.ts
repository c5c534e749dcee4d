// Against points that SP1 6.4.0 made, and the field's own laws.

import { describe, expect, it } from 'vitest';
import { DUMMY_POINT, LARGEST_Y6, liftMessage, START_POINT } from '../../../runtime/curves/global-points.ts';
import {
  addPoints,
  curveRight,
  septicInverse,
  septicMul,
  septicNegate,
  septicSquareRoot,
} from '../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';

const samples = Array.from({ length: 5 }, (_, i) =>
  Array.from({ length: 7 }, (_, j) => (i * 1_000_003 + j * 777_767_777) % koalaBear.modulus),
);
const ONE = [1, 0, 0, 0, 0, 0, 0];

describe('the septic extension', () => {
  it('has inverses', () => {
    for (const a of samples.slice(1)) expect(septicMul(a, septicInverse(a))).toEqual(ONE);
  });

  it('has roots of squares, and of half of all others', () => {
    for (const a of samples) {
      const square = septicMul(a, a);
      const root = septicSquareRoot(square)!;
      expect(septicMul(root, root)).toEqual(square);
    }
    const three = [3, 0, 0, 0, 0, 0, 0]; // no square in the base field, so in none of odd degree
    expect(samples.map(a => septicSquareRoot(septicMul(three, septicMul(a, a))) === undefined)).toEqual(
      samples.map(a => a.some(x => x !== 0)),
    );
  });
});

describe('points', () => {
  it('of the beginning and of padding are on the curve and have the sum that SP1 gives them', () => {
    for (const { x, y } of [START_POINT, DUMMY_POINT]) expect(septicMul(y, y)).toEqual(curveRight(x));
    expect(addPoints(START_POINT, DUMMY_POINT)).toEqual({
      x: [1815603891, 1334845641, 1474278210, 730901291, 867476608, 1085701231, 1906887605],
      y: [1001611042, 1739468709, 1796595023, 42563980, 1918756467, 992777924, 1445068381],
    });
  });

  it('of messages are those of SP1', () => {
    expect(liftMessage([0, 0, 0, 0x7802, 0, 0x447788, 0x335566, 0x1122], 1)).toEqual({
      offset: 1,
      point: {
        x: [1524022160, 709623830, 862357605, 400390048, 1041790652, 951498034, 1861108943],
        y: [495099420, 1538456330, 802183734, 1682188533, 314091917, 224066120, 609051743],
      },
    });
    const { point, offset } = liftMessage([0x2013, 0x2015, 0x2016, 0x2023, 0x2024, 0x2016, 0x2017, 0], 0);
    expect(offset).toBe(1);
    expect(point.y).toEqual([348768611, 1440720904, 1671826828, 387248574, 1883554821, 748966868, 367584418]);
    expect(point.y[6]).toBeLessThanOrEqual(LARGEST_Y6);
  });

  it('cancel, and are doubled', () => {
    const twice = addPoints(START_POINT, START_POINT);
    expect(septicMul(twice.y, twice.y)).toEqual(curveRight(twice.x));
    expect(addPoints(twice, { x: START_POINT.x, y: septicNegate(START_POINT.y) })).toEqual(START_POINT);
  });
});
