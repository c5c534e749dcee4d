// The quartic extension of BabyBear in WebAssembly: an element is four vectors, one for each word.

import type { Value } from '../wasm/binary/values.ts';
import type { Lanes } from './lanes.ts';

/** X^4. */
const W = 11;

/** Locals of the four words. */
export type ExtensionLocals = readonly [number, number, number, number];

/** Four words, each in a local or pushed by some instruction that computes nothing. */
export type Words = readonly (number | Value)[];

export interface ExtensionLanes {
  locals(): ExtensionLocals;
  set(to: ExtensionLocals, word: (e: number) => Value): void;
  /** `to` may be an operand. */
  add(to: ExtensionLocals, a: Words, b: Words): void;
  sub(to: ExtensionLocals, a: Words, b: Words): void;
  mul(to: ExtensionLocals, a: Words, b: Words): void;
  /** By an element of the base field. */
  scale(to: ExtensionLocals, a: Words, b: number | Value): void;
  /** Of the base field; 1/a is a multiple of its inverse. */
  norm(a: ExtensionLocals): Value;
  /** 1/a; `inverted` gives the inverse of a's norm. */
  inverse(to: ExtensionLocals, a: ExtensionLocals, inverted: (norm: Value) => Value): void;
}

export function extensionLanes(v: Lanes): ExtensionLanes {
  const locals = (): ExtensionLocals => v.locals(4) as unknown as ExtensionLocals;
  const scaled = v.locals(4);
  const norms = v.locals(3) as unknown as Norms;
  const result = locals();
  const set = (to: ExtensionLocals, word: (e: number) => Value): void => {
    for (const [e, local] of to.entries()) v.set(local, word(e));
  };
  const word = (x: number | Value): Value => (typeof x === 'number' ? v.get(x) : x);
  const moveResult = (to: ExtensionLocals): void => set(to, e => v.get(result[e]!));
  return {
    locals,
    set,
    add: (to, a, b) => set(to, e => v.add(word(a[e]!), word(b[e]!))),
    sub: (to, a, b) => set(to, e => v.sub(word(a[e]!), word(b[e]!))),
    mul: (to, a, b) => {
      for (const e of [1, 2, 3]) v.set(scaled[e]!, v.times(word(b[e]!), W));
      // Word e is Σ a_i b_(e - i), and 11 a_i b_(4 + e - i) where that is negative.
      const factor = (e: number, i: number): Value => word(i <= e ? b[e - i]! : scaled[4 + e - i]!);
      set(result, e => v.dot(...[0, 1, 2, 3].map(i => [word(a[i]!), factor(e, i)] as const)));
      moveResult(to);
    },
    scale: (to, a, b) => set(to, e => v.mul(word(a[e]!), word(b))),
    norm: a => () => {
      setNorms(v, norms, a);
      normOf(v, norms)();
    },
    inverse: (to, a, inverted) => {
      setNorms(v, norms, a);
      inverseInto(v, result, a, norms, inverted(normOf(v, norms)));
      moveResult(to);
    },
  };
}

/** Locals: of the norm to F[Y]/(Y² - 11) two words, then one of what that is inverted by. */
type Norms = readonly [number, number, number];

const times11 = (v: Lanes, x: Value): Value => v.times(x, W);

/** Y = X²: a = A + B X, A = a0 + a2 Y, B = a1 + a3 Y; 1/a = (A - B X) / (A² - B² Y). */
function setNorms(v: Lanes, [n0, n1]: Norms, a: ExtensionLocals): void {
  const [a0, a1, a2, a3] = a.map(v.get) as [Value, Value, Value, Value];
  // n0 = a0² + 11 (a2² - 2 a1 a3), n1 = 2 a0 a2 - a1² - 11 a3².
  v.set(n0, v.add(v.mul(a0, a0), times11(v, v.sub(v.mul(a2, a2), v.double(v.mul(a1, a3))))));
  v.set(n1, v.sub(v.sub(v.double(v.mul(a0, a2)), v.mul(a1, a1)), times11(v, v.mul(a3, a3))));
}

const normOf = (v: Lanes, [n0, n1]: Norms): Value =>
  v.sub(v.mul(v.get(n0), v.get(n0)), times11(v, v.mul(v.get(n1), v.get(n1))));

function inverseInto(
  v: Lanes,
  to: ExtensionLocals,
  a: ExtensionLocals,
  [n0, n1, inverse]: Norms,
  inverted: Value,
): void {
  const [a0, a1, a2, a3] = a.map(v.get) as [Value, Value, Value, Value];
  v.set(inverse, inverted);
  v.set(n0, v.mul(v.get(n0), v.get(inverse)));
  v.set(n1, v.neg(v.mul(v.get(n1), v.get(inverse))));
  const [m0, m1] = [v.get(n0), v.get(n1)];
  const constant = (x: Value, y: Value): Value => v.add(v.mul(x, m0), times11(v, v.mul(y, m1)));
  const linear = (x: Value, y: Value): Value => v.add(v.mul(x, m1), v.mul(y, m0));
  v.set(to[0], constant(a0, a2));
  v.set(to[1], v.neg(constant(a1, a3)));
  v.set(to[2], linear(a0, a2));
  v.set(to[3], v.neg(linear(a1, a3)));
}
