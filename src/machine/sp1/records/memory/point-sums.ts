// Sums of points of messages between shards: from WebAssembly where the host has it.

import {
  SUM_CONSTANTS,
  SUM_OTHER,
  SUM_POINT,
  sumConstants,
  sumModule,
} from '../../../../../codegen/kernels/septic-sum.ts';
import { addPoints, type SepticPoint } from '../../../../../runtime/curves/septic.ts';

const DEGREE = 7;
const WORDS = 2 * DEGREE;

export interface PointSums {
  /** Neither point is the other's negative. */
  readonly add: (a: SepticPoint, b: SepticPoint) => SepticPoint;
  /** Adds the point at an index of `points` to the sum, each fourteen canonical words. Objects for each would take as long as the sums. */
  readonly addTo: (sum: Uint32Array, points: Uint32Array, at: number) => void;
}

const pointOf = (words: Uint32Array): SepticPoint => ({
  x: [...words.subarray(0, DEGREE)],
  y: [...words.subarray(DEGREE)],
});

export const sumsInJavaScript: PointSums = {
  add: addPoints,
  addTo: (sum, points, at) => {
    const { x, y } = addPoints(pointOf(sum), pointOf(points.subarray(at, at + WORDS)));
    sum.set([...x, ...y]);
  },
};

let chosen: PointSums | undefined;

export function pointSums(): PointSums {
  chosen ??= sumsInWebAssembly() ?? sumsInJavaScript;
  return chosen;
}

/** Undefined where the host has no WebAssembly or forbids it. */
export function sumsInWebAssembly(): PointSums | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(sumModule()));
    const { buffer } = exports.memory as WebAssembly.Memory;
    new BigInt64Array(buffer, SUM_CONSTANTS).set(sumConstants().map(BigInt));
    return onMemory(buffer, exports.add as () => number);
  } catch {
    return undefined;
  }
}

function onMemory(buffer: ArrayBufferLike, add: () => number): PointSums {
  const [point, other] = [SUM_POINT, SUM_OTHER].map(at => new Uint32Array(buffer, at, WORDS)) as [
    ...[Uint32Array, Uint32Array],
  ];
  const put = (to: Uint32Array, { x, y }: SepticPoint): void => {
    for (let i = 0; i < DEGREE; i++) {
      to[i] = x[i]!;
      to[DEGREE + i] = y[i]!;
    }
  };
  return {
    add: (a, b) => {
      put(point, a);
      put(other, b);
      return add() === 0 ? addPoints(a, b) : pointOf(point);
    },
    addTo: (sum, points, at) => {
      for (let i = 0; i < WORDS; i++) {
        point[i] = points[at + i]!;
        other[i] = sum[i]!;
      }
      if (add() === 0) sumsInJavaScript.addTo(sum, points, at);
      else sum.set(point);
    },
  };
}
