// Points of messages between shards, and their sums: from WebAssembly where the host has it.

import {
  GLOBAL_CONSTANTS,
  GLOBAL_MESSAGE,
  GLOBAL_NO_POINT,
  GLOBAL_OTHER,
  GLOBAL_POINT,
  globalConstants,
  globalModule,
} from '../../../../codegen/kernels/global.ts';
import { type Lifted, liftMessage as liftInJavaScript } from '../../../../runtime/curves/global-points.ts';
import { addPoints as addInJavaScript, type SepticPoint } from '../../../../runtime/curves/septic.ts';
import { assert } from '../../../../runtime/errors.ts';

const DEGREE = 7;

export interface GlobalPoints {
  readonly lift: (message: readonly number[], kind: number) => Lifted;
  /** Neither point is the other's negative. */
  readonly add: (a: SepticPoint, b: SepticPoint) => SepticPoint;
}

let chosen: GlobalPoints | undefined;

export const pointsInJavaScript: GlobalPoints = { lift: liftInJavaScript, add: addInJavaScript };

export function globalPoints(): GlobalPoints {
  chosen ??= pointsInWebAssembly() ?? pointsInJavaScript;
  return chosen;
}

/** Undefined where the host has no WebAssembly or forbids it. */
export function pointsInWebAssembly(): GlobalPoints | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(globalModule()));
    const { buffer } = exports.memory as WebAssembly.Memory;
    new BigInt64Array(buffer, GLOBAL_CONSTANTS).set(globalConstants().map(BigInt));
    return onMemory(buffer, exports.lift as (kind: number) => number, exports.add as () => number);
  } catch {
    return undefined;
  }
}

function onMemory(buffer: ArrayBufferLike, lift: (kind: number) => number, add: () => number): GlobalPoints {
  const message = new Uint32Array(buffer, GLOBAL_MESSAGE, 8);
  const words = new Uint32Array(buffer, GLOBAL_POINT, 2 * DEGREE);
  const others = new Uint32Array(buffer, GLOBAL_OTHER, 2 * DEGREE);
  const point = (): SepticPoint => ({ x: [...words.subarray(0, DEGREE)], y: [...words.subarray(DEGREE)] });
  const put = (to: Uint32Array, { x, y }: SepticPoint): void => {
    for (let i = 0; i < DEGREE; i++) {
      to[i] = x[i]!;
      to[DEGREE + i] = y[i]!;
    }
  };
  return {
    lift: (elements, kind) => {
      for (let i = 0; i < message.length; i++) message[i] = elements[i]!;
      const offset = lift(kind);
      assert(offset !== GLOBAL_NO_POINT, 'global: no point in 256 tries');
      return { point: point(), offset };
    },
    add: (a, b) => {
      put(words, a);
      put(others, b);
      return add() === 0 ? addInJavaScript(a, b) : point();
    },
  };
}
