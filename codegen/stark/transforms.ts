// Number-theoretic transforms of columns, four butterflies at a time. Values go in by rows and leave as coefficients in
// bit-reversed order (decimation in frequency); back the other way (decimation in time): no pass only moves words.

import { inverse, rootOfUnity } from '../../runtime/fields/baby-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { op } from '../wasm/binary/instructions.ts';
import { type Value, type Values, values } from '../wasm/binary/values.ts';
import { INVERSE_P, montgomery } from './lane-products.ts';
import { type Lanes, lanes } from './lanes.ts';
import { advance, repeat } from './loops.ts';

/** Bytes of a block whose layers are done one after the other, in the first cache. */
const BLOCK_BYTES = 16_384;
/** Words behind a column that repeat its first ones, so that vectors may read next rows. */
export const TAIL_WORDS = 16;

/** (out, vectors, factor's address): out begins with four words; each vector is the one before times the factor. */
export function powersFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = lanes(code);
  const [power, factor] = v.locals(2) as [number, number];
  v.set(power, v.load(0));
  v.set(factor, v.loadSplat(2));
  repeat(code, 1, 1, () => {
    v.store(0, 0, v.get(power));
    v.set(power, v.mul(v.get(power), v.get(factor)));
    advance(code, 0, 16);
  });
  return code;
}

/** (from, to, words): each times 1/p mod 2^32. */
export function prepareFunction(): CodeWriter {
  const code = codeWriter(3);
  const i32 = values(code, 32);
  repeat(code, 2, 1, () => {
    i32.store(1, 0, i32.mul(i32.load(0, 0), i32.constant(INVERSE_P)));
    advance(code, 0, 4);
    advance(code, 1, 4);
  });
  return code;
}

/** (words, count, factor's address): each times one word. */
export function scaleFunction(): CodeWriter {
  const code = codeWriter(3);
  const v = lanes(code);
  const factor = v.local();
  v.set(factor, v.loadSplat(2));
  repeat(code, 1, 4, () => {
    v.store(0, 0, v.mul(v.load(0), v.get(factor)));
    advance(code, 0, 16);
  });
  return code;
}

type Direction = 'toCoefficients' | 'toValues';

/**
 * (from, bytes, bytes of half a butterfly's span, factors, prepared): one layer, of spans of at least 8 words. Powers of the root
 * of order 2 h are h words at `factors` + 4 h, each times 1/p mod 2^32 at `prepared` + 4 h.
 */
export function layerFunction(direction: Direction): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const i32 = values(code, 32);
  const [low, bytes, half, factors, prepared] = [0, 1, 2, 3, 4] as const;
  const [high, factor, preparedFactor, left] = i32.locals(4) as [number, number, number, number];
  const [a, b] = v.locals(2) as [number, number];
  repeatSpans(code, i32, bytes, half, () => {
    i32.set(high, i32.add(i32.get(low), i32.get(half)));
    i32.set(factor, i32.add(i32.get(factors), i32.get(half)));
    i32.set(preparedFactor, i32.add(i32.get(prepared), i32.get(half)));
    i32.set(left, i32.get(half));
    repeat(code, left, 16, () => {
      const twiddled = (x: Value): Value => v.timesPrepared(x, v.load(factor), v.load(preparedFactor));
      v.set(a, v.load(low));
      v.set(b, direction === 'toValues' ? twiddled(v.load(high)) : v.load(high));
      v.store(low, 0, v.add(v.get(a), v.get(b)));
      const difference = v.sub(v.get(a), v.get(b));
      v.store(high, 0, direction === 'toValues' ? difference : twiddled(difference));
      for (const address of [low, high, factor, preparedFactor]) advance(code, address, 16);
    });
    i32.set(low, i32.get(high));
  });
  return code;
}

function repeatSpans(code: CodeWriter, i32: Values, bytes: number, half: number, body: () => void): void {
  const left = i32.local();
  i32.set(left, i32.get(bytes));
  const again = code.loop();
  body();
  i32.set(left, i32.sub(i32.get(left), i32.shl(i32.get(half), i32.constant(1))));
  code.localGet(left);
  code.brIf(again);
  code.end();
}

/** Butterflies of words 0 and 2, 1 and 3, or of neighbours, in one vector. */
function withinVector(v: Lanes, x: number, isNeighbours: boolean): void {
  const other = v.shuffle(v.get(x), v.get(x), isNeighbours ? [1, 0, 3, 2] : [2, 3, 0, 1]);
  const [sum, difference] = [v.add(v.get(x), other), v.sub(other, v.get(x))];
  v.set(x, v.shuffle(sum, difference, isNeighbours ? [0, 5, 2, 7] : [0, 1, 6, 7]));
}

/** x times [1, 1, 1, the root of order 4]. */
function quarterTurned(v: Lanes, x: number, root: number): Value {
  const factors = [1, 1, 1, root].map(montgomery);
  const vector =
    (list: readonly number[]): Value =>
    () =>
      v.code.vectorConst(list);
  return v.timesPrepared(v.get(x), vector(factors), vector(factors.map(one => Math.imul(one, INVERSE_P))));
}

/** (from, bytes): the last two layers towards coefficients. */
export function lastLayersFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = lanes(code);
  const x = v.local();
  repeat(code, 1, 16, () => {
    v.set(x, v.load(0));
    withinVector(v, x, false);
    v.set(x, quarterTurned(v, x, inverse(rootOfUnity(2))));
    withinVector(v, x, true);
    v.store(0, 0, v.get(x));
    advance(code, 0, 16);
  });
  return code;
}

/**
 * (coefficients, out, bytes, factors, prepared): each coefficient times its factor, twice: zeros between them, after the first layer
 * towards values; then the second layer. `out` may end where the coefficients end.
 */
export function spreadFunction(): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const [from, out, bytes, factors, prepared] = [0, 1, 2, 3, 4] as const;
  const [x, half] = v.locals(2) as [number, number];
  repeat(code, bytes, 16, () => {
    v.set(x, v.timesPrepared(v.load(from), v.load(factors), v.load(prepared)));
    for (const [i, order] of [
      [0, 0, 1, 1],
      [2, 2, 3, 3],
    ].entries()) {
      v.set(half, v.shuffle(v.get(x), v.get(x), order));
      v.set(half, quarterTurned(v, half, rootOfUnity(2)));
      withinVector(v, half, false);
      v.store(out, 16 * i, v.get(half));
    }
    for (const address of [from, factors, prepared]) advance(code, address, 16);
    advance(code, out, 32);
  });
  return code;
}

/** Functions of the module that an extension calls. */
export interface TransformFunctions {
  readonly layerToCoefficients: number;
  readonly layerToValues: number;
  readonly lastLayers: number;
  readonly spread: number;
}

/**
 * (column, out, bytes, inverse roots, prepared, scale, prepared, roots, prepared): the values of a column of at least 8 words on the
 * domain of twice the size, in natural order, with their tail.
 */
export function extendFunction({
  layerToCoefficients,
  layerToValues,
  lastLayers,
  spread,
}: TransformFunctions): CodeWriter {
  const code = codeWriter(9);
  const i32 = values(code, 32);
  const p = { column: 0, out: 1, bytes: 2, inverse: 3, scale: 5, roots: 7 };
  const [coefficients, all, half] = i32.locals(3) as [number, number, number];
  const call = (index: number, ...parameters: readonly Value[]): void => {
    for (const parameter of parameters) parameter();
    code.call(index);
  };
  const tables = (first: number): Value[] => [i32.get(first), i32.get(first + 1)];
  i32.set(coefficients, i32.add(i32.get(p.out), i32.get(p.bytes)));
  for (const one of [coefficients, p.column, p.bytes]) code.localGet(one);
  code.memoryCopy();

  // Wide layers over the whole column, then block by block.
  i32.set(half, i32.shrU(i32.get(p.bytes), i32.constant(1)));
  whileAtLeast(code, half, BLOCK_BYTES, () => {
    call(layerToCoefficients, i32.get(coefficients), i32.get(p.bytes), i32.get(half), ...tables(p.inverse));
    i32.set(half, i32.shrU(i32.get(half), i32.constant(1)));
  });
  eachBlock(code, i32, coefficients, p.bytes, (block, bytes) => {
    i32.set(half, i32.shrU(i32.get(bytes), i32.constant(1)));
    whileAtLeast(code, half, 16, () => {
      call(layerToCoefficients, i32.get(block), i32.get(bytes), i32.get(half), ...tables(p.inverse));
      i32.set(half, i32.shrU(i32.get(half), i32.constant(1)));
    });
    call(lastLayers, i32.get(block), i32.get(bytes));
  });

  call(spread, i32.get(coefficients), i32.get(p.out), i32.get(p.bytes), ...tables(p.scale));
  i32.set(all, i32.shl(i32.get(p.bytes), i32.constant(1)));
  const layer = (from: number, bytes: number): void => {
    call(layerToValues, i32.get(from), i32.get(bytes), i32.get(half), ...tables(p.roots));
    i32.set(half, i32.shl(i32.get(half), i32.constant(1)));
  };
  eachBlock(code, i32, p.out, all, (block, bytes) => {
    i32.set(half, i32.constant(16));
    whileBelow(code, half, bytes, () => layer(block, bytes));
  });
  whileBelow(code, half, all, () => layer(p.out, all));
  i32.add(i32.get(p.out), i32.get(all))();
  code.localGet(p.out);
  code.i32Const(4 * TAIL_WORDS);
  code.memoryCopy();
  return code;
}

function whileAtLeast(code: CodeWriter, local: number, least: number, body: () => void): void {
  const again = code.loop();
  code.localGet(local);
  code.i32Const(least);
  code.op(op.i32GeU);
  code.if();
  body();
  code.br(again);
  code.end();
  code.end();
}

function whileBelow(code: CodeWriter, local: number, bound: number, body: () => void): void {
  const again = code.loop();
  code.localGet(local);
  code.localGet(bound);
  code.op(op.i32LtU);
  code.if();
  body();
  code.br(again);
  code.end();
  code.end();
}

/** Blocks of at most BLOCK_BYTES. */
function eachBlock(
  code: CodeWriter,
  i32: Values,
  from: number,
  bytes: number,
  body: (block: number, bytes: number) => void,
): void {
  const [block, size, left] = i32.locals(3) as [number, number, number];
  i32.set(block, i32.get(from));
  i32.set(left, i32.get(bytes));
  i32.set(size, () => {
    code.localGet(bytes);
    code.i32Const(BLOCK_BYTES);
    i32.ltU(i32.get(bytes), i32.constant(BLOCK_BYTES))();
    code.op(op.select);
  });
  const again = code.loop();
  body(block, size);
  i32.set(block, i32.add(i32.get(block), i32.get(size)));
  i32.set(left, i32.sub(i32.get(left), i32.get(size)));
  code.localGet(left);
  code.brIf(again);
  code.end();
}
