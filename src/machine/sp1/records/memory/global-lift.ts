// Points of messages between shards, and their sums: from WebAssembly where the host has it.

import {
  GLOBAL_CONSTANTS,
  GLOBAL_MESSAGE,
  GLOBAL_NO_POINT,
  GLOBAL_OTHER,
  GLOBAL_POINT,
  globalConstants,
  globalModule,
} from '../../../../../codegen/kernels/global.ts';
import {
  type Lifted,
  liftMessage as liftInJavaScript,
  START_POINT,
} from '../../../../../runtime/curves/global-points.ts';
import { addPoints as addInJavaScript, type SepticPoint, septicNegate } from '../../../../../runtime/curves/septic.ts';
import { assert } from '../../../../../runtime/errors.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';

const DEGREE = 7;
/** Words of a message. */
const MESSAGE = 8;
const P = koalaBear.modulus;

export interface GlobalPoints {
  readonly lift: (message: readonly number[], kind: number) => Lifted;
  /** Neither point is the other's negative. */
  readonly add: (a: SepticPoint, b: SepticPoint) => SepticPoint;
  /** A sum that begins at the start point. */
  readonly chain: () => GlobalChain;
}

/** Points of messages added up one after another. Objects for each would take half as long again as the points. */
export interface GlobalChain {
  /** The words of the next message are put here. */
  readonly message: Uint32Array;
  /** Of the last message's point. */
  readonly y: Uint32Array;
  /** x, then y. */
  readonly sum: Uint32Array;
  /** Adds the message's point, or its negative where it is sent; gives the offset with which it is a point. */
  next(kind: number, isReceive: boolean): number;
}

let chosen: GlobalPoints | undefined;

export const pointsInJavaScript: GlobalPoints = {
  lift: liftInJavaScript,
  add: addInJavaScript,
  chain: () => {
    const [message, y, sum] = [new Uint32Array(MESSAGE), new Uint32Array(DEGREE), startSum()];
    return {
      ...{ message, y, sum },
      next(kind, isReceive) {
        const { point, offset } = liftInJavaScript([...message], kind);
        y.set(isReceive ? point.y : septicNegate(point.y));
        addTo(sum, { x: point.x, y: [...y] });
        return offset;
      },
    };
  },
};

const startSum = (): Uint32Array => Uint32Array.of(...START_POINT.x, ...START_POINT.y);

const pointOf = (words: Uint32Array): SepticPoint => ({
  x: [...words.subarray(0, DEGREE)],
  y: [...words.subarray(DEGREE)],
});

function addTo(sum: Uint32Array, point: SepticPoint): void {
  const { x, y } = addInJavaScript(pointOf(sum), point);
  sum.set([...x, ...y]);
}

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
  const message = new Uint32Array(buffer, GLOBAL_MESSAGE, MESSAGE);
  const words = new Uint32Array(buffer, GLOBAL_POINT, 2 * DEGREE);
  const others = new Uint32Array(buffer, GLOBAL_OTHER, 2 * DEGREE);
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
      return { point: pointOf(words), offset };
    },
    add: (a, b) => {
      put(words, a);
      put(others, b);
      return add() === 0 ? addInJavaScript(a, b) : pointOf(words);
    },
    chain: () => chainOn({ message, words, others }, lift, add),
  };
}

interface Places {
  readonly message: Uint32Array;
  /** A point and another: x, then y. */
  readonly words: Uint32Array;
  readonly others: Uint32Array;
}

function chainOn({ message, words, others }: Places, lift: (kind: number) => number, add: () => number): GlobalChain {
  const [point, sum] = [new Uint32Array(2 * DEGREE), startSum()];
  return {
    ...{ message, sum, y: point.subarray(DEGREE) },
    next(kind, isReceive) {
      const offset = lift(kind);
      assert(offset !== GLOBAL_NO_POINT, 'global: no point in 256 tries');
      if (!isReceive) for (let i = DEGREE; i < 2 * DEGREE; i++) words[i] = (P - words[i]!) % P;
      point.set(words);
      others.set(sum);
      if (add() === 0) addTo(sum, pointOf(point));
      else sum.set(words);
      return offset;
    },
  };
}
