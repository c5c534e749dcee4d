import { describe, expect, it } from 'vitest';
import {
  addPoints,
  curveRightSide,
  frobenius,
  INFINITY,
  inverseSeptic,
  mulSeptic,
  negate,
  type Septic,
  sqrtSeptic,
} from '../../runtime/fields/septic.ts';

// z^p and start + dummy: computed apart from this program.
const Z_TO_P = [1272123317, 1950759909, 1879852731, 746569225, 180350946, 1600835585, 333893434];
const START = {
  x: [0x1414213, 0x5623730, 0x9504880, 0x1688724, 0x2096980, 0x7856967, 0x1875376],
  y: [2020310104, 1513506566, 1843922297, 2003644209, 805967281, 1882435203, 1623804682],
};
const DUMMY = {
  x: [0x2718281 + 2 ** 24, 0x8284590, 0x4523536, 0x0287471, 0x3526624, 0x9775724, 0x7093699],
  y: [1250555984, 1592495468, 656721246, 420301347, 2125819749, 819876460, 17687681],
};
const SUM = {
  x: [1815603891, 1334845641, 1474278210, 730901291, 867476608, 1085701231, 1906887605],
  y: [1001611042, 1739468709, 1796595023, 42563980, 1918756467, 992777924, 1445068381],
};
const ONE: Septic = [1, 0, 0, 0, 0, 0, 0];

describe('the septic extension', () => {
  it('has the Frobenius map, inverses and square roots', () => {
    expect(frobenius([0, 1, 0, 0, 0, 0, 0], 1)).toEqual(Z_TO_P);
    expect(frobenius(frobenius(SUM.x, 2), 5)).toEqual(SUM.x);
    expect(mulSeptic(SUM.x, inverseSeptic(SUM.x))).toEqual(ONE);
    const square = mulSeptic(SUM.y, SUM.y);
    const root = sqrtSeptic(square)!;
    expect([SUM.y, negate(SUM).y]).toContainEqual(root);
    expect(sqrtSeptic(mulSeptic(square, [3, 0, 0, 0, 0, 0, 0]))).toBe(undefined);
  });

  it('has a curve whose points add up', () => {
    for (const { x, y } of [START, DUMMY, SUM]) expect(mulSeptic(y, y)).toEqual(curveRightSide(x));
    expect(addPoints(START, DUMMY)).toEqual(SUM);
    expect(addPoints(SUM, negate(DUMMY))).toEqual(START);
    expect(addPoints(SUM, negate(SUM))).toEqual(INFINITY);
    expect(addPoints(INFINITY, SUM)).toEqual(SUM);
    expect(addPoints(addPoints(SUM, SUM), negate(SUM))).toEqual(SUM);
  });
});
