// The degree-7 extension of KoalaBear, F_p[z] / (z^7 − 3z − 5), as functions on elements of seven i64 in memory: each is
// centred, so that eight products fit.

import { FROBENIUS } from '../../runtime/curves/septic.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { inForm, type KoalaBearValues, koalaBearValues, MONTGOMERY_ONE } from './koala-bear.ts';

const DEGREE = 7;
/** Bytes between elements. */
export const SEPTIC_BYTES = 64;
/** Bytes of the constants of a Frobenius map. */
export const FROBENIUS_BYTES: number = 8 * DEGREE * DEGREE;

/** What `frobeniusFunction` reads for each power below 7: images of the powers of z. */
export const frobeniusConstants = (): number[] => FROBENIUS.flat(2).map(inForm);

export const septicLoaded = (v: KoalaBearValues, address: number): number[] =>
  Array.from({ length: DEGREE }, (_, i) => {
    const local = v.local();
    v.set(local, v.load(address, 8 * i));
    return local;
  });

/** Sets seven coefficients of the element at the address in a local. */
export function septicStored(v: KoalaBearValues, address: number, value: (k: number) => Value): void {
  for (let k = 0; k < DEGREE; k++) v.store(address, 8 * k, value(k));
}

/** The sum of products a_i b_j with i + j = column. */
type Column = (column: number) => Value;

function productColumn(v: KoalaBearValues, a: readonly number[], b: readonly number[]): Column {
  return column =>
    a.flatMap((x, i) => (b[column - i] === undefined ? [] : [v.mul(v.get(x), v.get(b[column - i]!))])).reduce(v.add);
}

function squareColumn(v: KoalaBearValues, a: readonly number[], twice: readonly number[]): Column {
  return column =>
    a
      .flatMap((x, i) => {
        const j = column - i;
        if (j < i || j >= DEGREE) return [];
        return [v.mul(v.get(x), v.get(i === j ? x : twice[j]!))];
      })
      .reduce(v.add);
}

/** Column k, with what is 7 and 6 above it by z^7 = 3z + 5: `upper` holds these, reduced, below 5/4 p. */
function folded(v: KoalaBearValues, column: Column, k: number, upper: readonly number[]): Value {
  const parts = [column(k)];
  if (upper[k] !== undefined) parts.push(v.mul(v.get(upper[k]!), v.constant(5 * MONTGOMERY_ONE)));
  if (k > 0) parts.push(v.mul(v.get(upper[k - 1]!), v.constant(3 * MONTGOMERY_ONE)));
  return v.centred(v.reducedSum(parts.reduce(v.add)));
}

/** (out, a, b): out = a b. */
export function septicProductFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = koalaBearValues(code);
  const column = productColumn(v, septicLoaded(v, 1), septicLoaded(v, 2));
  const upper = v.locals(DEGREE - 1);
  v.setEach(upper, i => v.reducedSum(column(DEGREE + i)));
  septicStored(v, 0, k => folded(v, column, k, upper));
  return code;
}

/** (out, a, count): out = a^(2^count), count above 0. */
export function septicSquaresFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = koalaBearValues(code);
  const a = septicLoaded(v, 1);
  const [twice, upper, next] = [v.locals(DEGREE), v.locals(DEGREE - 1), v.locals(DEGREE)];
  const column = squareColumn(v, a, twice);
  const again = code.loop();
  v.setEach(twice, i => v.shl(v.get(a[i]!), v.constant(1)));
  v.setEach(upper, i => v.reducedSum(column(DEGREE + i)));
  v.setEach(next, k => folded(v, column, k, upper));
  v.setEach(a, i => v.get(next[i]!));
  code.localGet(2);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(2);
  code.brIf(again);
  code.end();
  septicStored(v, 0, i => v.get(a[i]!));
  return code;
}

/** (a, b): the constant coefficient of a b. */
export function septicConstantFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = koalaBearValues(code);
  const column = productColumn(v, septicLoaded(v, 0), septicLoaded(v, 1));
  const upper = v.local();
  v.set(upper, v.reducedSum(column(DEGREE)));
  v.narrow(folded(v, column, 0, [upper]))();
  return code;
}

/** (out, a, constants): out = a^(p^k) by the constants of k. */
export function septicFrobeniusFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = koalaBearValues(code);
  const a = septicLoaded(v, 1);
  septicStored(v, 0, k => {
    const images = a.map((x, i) => v.mul(v.get(x), v.load(2, 8 * (DEGREE * i + k))));
    return v.centred(v.reducedSum(images.reduce(v.add)));
  });
  return code;
}

/** (out, a, k): out = a k for a number k below p in magnitude. */
export function septicScaleFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = koalaBearValues(code);
  const k = v.local();
  v.set(
    k,
    v.wide(() => code.localGet(2)),
  );
  septicStored(v, 0, i => v.centred(v.reduced(v.mul(v.load(1, 8 * i), v.get(k)))));
  return code;
}

/** (out, a, b): out = a - b. */
export function septicDifferenceFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = koalaBearValues(code);
  septicStored(v, 0, i => v.centred(v.sub(v.load(1, 8 * i), v.load(2, 8 * i))));
  return code;
}
