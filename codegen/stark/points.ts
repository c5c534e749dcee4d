// What belongs to the points of a domain: inverses, selectors, the weights by which values become one at another point.

import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, type ValueType, valueType } from '../wasm/binary/instructions.ts';
import type { Value } from '../wasm/binary/values.ts';
import { type ExtensionLocals, extensionLanes } from './extension-lanes.ts';
import { montgomery } from './lane-products.ts';
import { type Lanes, lanes } from './lanes.ts';
import { advance, repeat } from './loops.ts';

export const inverseType: Readonly<Record<'parameters' | 'results', readonly ValueType[]>> = {
  parameters: [valueType.v128],
  results: [valueType.v128],
};

/** (x) → 1/x, 0 for 0: x^(p - 2), p - 2 = 15 · 2^27 - 1, in binary 1110 and 27 ones. */
export function inverseFunction(): CodeWriter {
  const code = codeWriter(1);
  const v = lanes(code);
  const [power, left] = [v.local(), code.addLocal(valueType.i32)];
  const raised = (count: number, times: boolean): void => {
    code.i32Const(count);
    code.localSet(left);
    repeat(code, left, 1, () => {
      v.set(power, v.mul(v.get(power), v.get(power)));
      if (times) v.set(power, v.mul(v.get(power), v.get(0)));
    });
  };
  // From the most significant bit: three ones, a zero, 27 ones.
  v.set(power, v.get(0));
  raised(2, true);
  raised(1, false);
  raised(27, true);
  code.localGet(power);
  return code;
}

/** Four splat words at an address as an element. */
export function loadExtension(v: Lanes, to: ExtensionLocals, base: number, offset = 0): void {
  for (const [e, local] of to.entries()) v.set(local, v.loadSplat(base, offset + 4 * e));
}

/** Where columns of a matrix are: the address in `base`, `stride` bytes from one to the next. */
export const columnAt =
  (v: Lanes, base: number, stride: number, column: number): Value =>
  () => {
    v.code.localGet(base);
    v.code.localGet(stride);
    v.code.i32Const(column);
    v.code.op(op.i32Mul);
    v.code.op(op.i32Add);
  };

/**
 * (points, out, stride, rows, constants): at x = shift · point the columns first = Z / (x - 1), last = Z / (x - 1/g),
 * transition = x - 1/g. Constants: shift, 1/g, then four words of Z by point.
 */
export function selectorsFunction(invert: number): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const [points, out, stride, rows, constants] = [0, 1, 2, 3, 4] as const;
  const [x, z, transition, shift, last] = v.locals(5) as [number, number, number, number, number];
  v.set(shift, v.loadSplat(constants));
  v.set(last, v.loadSplat(constants, 4));
  v.set(z, v.load(constants, 8));
  const inverted =
    (value: Value): Value =>
    () => {
      value();
      code.call(invert);
    };
  const one = v.constant(montgomery(1));
  repeat(code, rows, 4, () => {
    v.set(x, v.mul(v.load(points), v.get(shift)));
    v.set(transition, v.sub(v.get(x), v.get(last)));
    const columns = [
      v.mul(v.get(z), inverted(v.sub(v.get(x), one))),
      v.mul(v.get(z), inverted(v.get(transition))),
      v.get(transition),
    ];
    for (const [i, column] of columns.entries()) storeColumn(v, out, stride, i, column);
    for (const address of [points, out]) advance(code, address, 16);
  });
  return code;
}

export function storeColumn(v: Lanes, base: number, stride: number, column: number, value: Value): void {
  columnAt(v, base, stride, column)();
  value();
  v.code.access(access.v128Store, 0, 2);
}

/** (points, out, stride, rows, z): the weights x / (z - x) at the points x, four columns. */
export function weightsFunction(invert: number): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const e = extensionLanes(v);
  const [points, out, stride, rows, at] = [0, 1, 2, 3, 4] as const;
  const [z, difference] = [e.locals(), e.locals()];
  const x = v.local();
  loadExtension(v, z, at);
  repeat(code, rows, 4, () => {
    v.set(x, v.load(points));
    e.set(difference, i => (i === 0 ? v.sub(v.get(z[0]), v.get(x)) : v.get(z[i]!)));
    e.inverse(difference, difference, invert);
    e.scale(difference, difference, x);
    for (const [i, word] of difference.entries()) storeColumn(v, out, stride, i, v.get(word));
    for (const address of [points, out]) advance(code, address, 16);
  });
  return code;
}
