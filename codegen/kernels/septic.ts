// The degree-7 extension of KoalaBear, F_p[z] / (z^7 − 3z − 5), as functions on elements of seven coefficients in memory, each
// centred, so that eight products fit in a sum: of one element, or of four side by side.

import { FROBENIUS } from '../../runtime/curves/septic.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { inForm, MONTGOMERY_ONE, type Pair } from './koala-bear.ts';

export const DEGREE = 7;
/** Words of the constants of a Frobenius map. */
export const MAP_WORDS: number = DEGREE * DEGREE;

/** What `frobeniusFunction` reads for each power below 7: images of the powers of z. */
export const mapConstants = (): number[] => FROBENIUS.flat(2).map(inForm);

/** What coefficients are computed with. An address is the i32 in local `base`, 0 if undefined, plus `offset` bytes. */
export interface CoefficientValues {
  /** Of a coefficient. */
  readonly bytes: number;
  locals(count: number): number[];
  get(local: number): Value;
  set(local: number, value: Value): void;
  constant(word: number): Value;
  load(base: number | undefined, offset: number): Value;
  store(base: number | undefined, offset: number, value: Value): void;
  /** A word of the table at the address in a local. */
  entry(table: number, index: number): Value;
  /** 2 a, as a factor only. */
  twice(a: Value): Value;
  /** The sum of at most eight products of centred operands, divided by 2^32: centred. */
  sum(...products: readonly Pair[]): Value;
}

type ValuesOf<V extends CoefficientValues> = (code: CodeWriter) => V;

export function septicLoaded(v: CoefficientValues, base: number | undefined, at = 0): number[] {
  const all = v.locals(DEGREE);
  for (const [k, local] of all.entries()) v.set(local, v.load(base, at + v.bytes * k));
  return all;
}

export function septicStored(
  v: CoefficientValues,
  base: number | undefined,
  at: number,
  value: (k: number) => Value,
): void {
  for (let k = 0; k < DEGREE; k++) v.store(base, at + v.bytes * k, value(k));
}

/** The products a_i b_j with i + j = column. */
type Column = (column: number) => readonly Pair[];

const productColumn =
  (v: CoefficientValues, a: readonly number[], b: readonly number[]): Column =>
  column =>
    a.flatMap((x, i) => (b[column - i] === undefined ? [] : [[v.get(x), v.get(b[column - i]!)] as const]));

/** The same of a square: `twice` holds 2 a_j. */
const squareColumn =
  (v: CoefficientValues, a: readonly number[], twice: readonly number[]): Column =>
  column =>
    a.flatMap((x, i) => {
      const j = column - i;
      if (j < i || j >= DEGREE) return [];
      return [[v.get(x), v.get(i === j ? x : twice[j]!)] as const];
    });

/**
 * Column k, with what is 7 and 6 above it by z^7 = 3z + 5: `upper` holds these. All are at most 7/4 p² in magnitude for centred
 * a and b, and their constants add less than an eighth.
 */
function folded(
  v: CoefficientValues,
  column: Column,
  k: number,
  upper: readonly number[],
  more: readonly Pair[],
): Value {
  const parts = [...column(k), ...more];
  if (upper[k] !== undefined) parts.push([v.get(upper[k]!), v.constant(5 * MONTGOMERY_ONE)]);
  if (k > 0) parts.push([v.get(upper[k - 1]!), v.constant(3 * MONTGOMERY_ONE)]);
  return v.sum(...parts);
}

/** (out, a, b): out = a b, and coefficient by coefficient what `more` gives. */
export function septicProductFunction<V extends CoefficientValues>(
  valuesOf: ValuesOf<V>,
  more: (v: V, b: readonly number[]) => (k: number) => readonly Pair[] = () => () => [],
): CodeWriter {
  const code = codeWriter(3);
  const v = valuesOf(code);
  const b = septicLoaded(v, 2);
  const column = productColumn(v, septicLoaded(v, 1), b);
  const also = more(v, b);
  const upper = v.locals(DEGREE - 1);
  for (const [i, local] of upper.entries()) v.set(local, v.sum(...column(DEGREE + i)));
  septicStored(v, 0, 0, k => folded(v, column, k, upper, also(k)));
  return code;
}

/** (out, a, count): out = a^(2^count), count above 0. */
export function septicSquaresFunction(valuesOf: ValuesOf<CoefficientValues>): CodeWriter {
  const code = codeWriter(3);
  const v = valuesOf(code);
  const a = septicLoaded(v, 1);
  const [twice, next] = [v.locals(DEGREE), v.locals(DEGREE)];
  const upper = v.locals(DEGREE - 1);
  const column = squareColumn(v, a, twice);
  const again = code.loop();
  for (const [i, local] of twice.entries()) v.set(local, v.twice(v.get(a[i]!)));
  for (const [i, local] of upper.entries()) v.set(local, v.sum(...column(DEGREE + i)));
  for (const [k, local] of next.entries()) v.set(local, folded(v, column, k, upper, []));
  for (const [k, local] of a.entries()) v.set(local, v.get(next[k]!));
  code.localGet(2);
  code.i32Const(1);
  code.op(op.i32Sub);
  code.localTee(2);
  code.brIf(again);
  code.end();
  septicStored(v, 0, 0, k => v.get(a[k]!));
  return code;
}

/** (out, a, b): the constant coefficient of a b. */
export function septicConstantFunction(valuesOf: ValuesOf<CoefficientValues>): CodeWriter {
  const code = codeWriter(3);
  const v = valuesOf(code);
  const column = productColumn(v, septicLoaded(v, 1), septicLoaded(v, 2));
  const [upper] = v.locals(1) as [number];
  v.set(upper, v.sum(...column(DEGREE)));
  v.store(0, 0, folded(v, column, 0, [upper], []));
  return code;
}

/** (out, a, constants): out = a^(p^k) by the constants of k, which maps 1 to 1. */
export function septicFrobeniusFunction(valuesOf: ValuesOf<CoefficientValues>): CodeWriter {
  const code = codeWriter(3);
  const v = valuesOf(code);
  const a = septicLoaded(v, 1);
  septicStored(v, 0, 0, k =>
    v.sum(...a.flatMap((x, i) => (i === 0 && k > 0 ? [] : [[v.get(x), v.entry(2, DEGREE * i + k)] as const]))),
  );
  return code;
}

/** (out, a, k): out = a k for the number at an address. */
export function septicScaleFunction(valuesOf: ValuesOf<CoefficientValues>): CodeWriter {
  const code = codeWriter(3);
  const v = valuesOf(code);
  const [k] = v.locals(1) as [number];
  v.set(k, v.load(2, 0));
  septicStored(v, 0, 0, i => v.sum([v.load(1, v.bytes * i), v.get(k)]));
  return code;
}
