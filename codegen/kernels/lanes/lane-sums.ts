// Sums modulo a prime of 31 bits in four lanes, of words below it.

import type { CodeWriter } from '../../wasm/binary/code.ts';
import type { Value } from '../../wasm/binary/values.ts';
import { type VectorValues, vectorValues } from '../../wasm/binary/vector-values.ts';

export interface LaneSums extends VectorValues {
  /** The prime in all lanes. */
  readonly p: Value;
  /** From above -p what is in [0, p). */
  canonical(a: Value): Value;
  /** The same from below 2 p. */
  lowered(a: Value): Value;
  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  double(a: Value): Value;
}

/** All instructions go to `code`. */
export function laneSums(code: CodeWriter, prime: number): LaneSums {
  const v = vectorValues(code);
  const { get, plus, minus } = v;
  const [modulus, scratch] = v.locals(2) as [number, number];
  v.set(modulus, v.constant(prime));
  const p = get(modulus);
  /** The smaller one of a value and the same with p added or subtracted: what wraps is the larger one. */
  const smaller = (a: Value, other: typeof plus): Value => v.minU(v.tee(scratch, a), other(get(scratch), p));
  const lowered = (a: Value): Value => smaller(a, minus);
  const canonical = (a: Value): Value => smaller(a, plus);
  const add = (a: Value, b: Value): Value => lowered(plus(a, b));
  return {
    ...v,
    p,
    canonical,
    lowered,
    add,
    sub: (a, b) => canonical(minus(a, b)),
    double: a => () => {
      v.set(scratch, a);
      add(get(scratch), get(scratch))();
    },
  };
}
