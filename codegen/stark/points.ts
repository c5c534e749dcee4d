// What belongs to the points of a domain: inverses, selectors, the weights by which values become one at another point.

import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, type ValueType, valueType } from '../wasm/binary/instructions.ts';
import { type Value, values } from '../wasm/binary/values.ts';
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

/** Gives an inverse by the function that inverts. */
export const invertedBy =
  (code: CodeWriter, invert: number) =>
  (x: Value): Value =>
  () => {
    x();
    code.call(invert);
  };

/** Vectors that are inverted together: one inversion for all, three products for each. */
const GROUP = 16;
/** Bytes that a group takes at `scratch`, with the products of those before each. */
export const GROUP_BYTES: number = 2 * GROUP * 16;

/** (vectors, how many, at most GROUP): each inverted, none of which is 0. Products of those before one are behind all of them. */
export function invertAllFunction(invert: number): CodeWriter {
  const code = codeWriter(2);
  const v = lanes(code);
  const [vectors, count] = [0, 1] as const;
  const left = code.addLocal(valueType.i32);
  const [product, inverse, x] = v.locals(3) as [number, number, number];
  const each = (bytes: number, body: () => void): void => {
    code.localGet(count);
    code.localSet(left);
    repeat(code, left, 1, () => {
      body();
      advance(code, vectors, bytes);
    });
  };
  v.set(product, v.constant(montgomery(1)));
  each(16, () => {
    v.store(vectors, GROUP * 16, v.get(product));
    v.set(product, v.mul(v.get(product), v.load(vectors)));
  });
  v.set(inverse, invertedBy(code, invert)(v.get(product)));
  advance(code, vectors, -16);
  each(-16, () => {
    v.set(x, v.load(vectors));
    v.store(vectors, 0, v.mul(v.get(inverse), v.load(vectors, GROUP * 16)));
    v.set(inverse, v.mul(v.get(inverse), v.get(x)));
  });
  return code;
}

/** Functions and memory with which a kernel inverts in groups. */
export interface GroupInversion {
  readonly invertAll: number;
  /** The global of a group's address. */
  readonly scratch: number;
}

/**
 * Does `use` with the inverse of what `value` gives for so many rows, four at a time; `addresses` are raised by a vector for each. They
 * are evaluated apart from each other, at the same addresses.
 */
export function repeatInverted(
  code: CodeWriter,
  v: Lanes,
  { invertAll, scratch }: GroupInversion,
  rows: number,
  addresses: readonly number[],
  value: () => Value,
  use: (inverse: Value) => void,
): void {
  const i32 = values(code, 32);
  const [count, left, place] = i32.locals(3) as [number, number, number];
  const starts = i32.locals(addresses.length);
  const each = (body: () => void): void => {
    code.globalGet(scratch);
    code.localSet(place);
    i32.set(left, i32.get(count));
    repeat(code, left, 1, () => {
      body();
      for (const address of [place, ...addresses]) advance(code, address, 16);
    });
  };
  repeat(code, rows, 4 * GROUP, () => {
    i32.set(count, () => {
      const vectors = i32.shrU(i32.add(i32.get(rows), i32.constant(3)), i32.constant(2));
      vectors();
      code.i32Const(GROUP);
      i32.ltU(vectors, i32.constant(GROUP))();
      code.op(op.select);
    });
    for (const [i, start] of starts.entries()) i32.set(start, i32.get(addresses[i]!));
    each(() => v.store(place, 0, value()));
    code.globalGet(scratch);
    code.localGet(count);
    code.call(invertAll);
    for (const [i, start] of starts.entries()) i32.set(addresses[i]!, i32.get(start));
    each(() => use(v.load(place)));
  });
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
export function selectorsFunction(inversion: GroupInversion): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const [points, out, stride, rows, constants] = [0, 1, 2, 3, 4] as const;
  const [x, z, first, transition, shift, last] = v.locals(6) as [number, number, number, number, number, number];
  v.set(shift, v.loadSplat(constants));
  v.set(last, v.loadSplat(constants, 4));
  v.set(z, v.load(constants, 8));
  const setDifferences = (): void => {
    v.set(x, v.mul(v.load(points), v.get(shift)));
    v.set(first, v.sub(v.get(x), v.constant(montgomery(1))));
    v.set(transition, v.sub(v.get(x), v.get(last)));
  };
  repeatInverted(
    code,
    v,
    inversion,
    rows,
    [points, out],
    () => () => {
      setDifferences();
      v.mul(v.get(first), v.get(transition))();
    },
    inverse => {
      setDifferences();
      // Z over both; each then times the other one.
      v.set(x, v.mul(v.get(z), inverse));
      storeColumn(v, out, stride, 0, v.mul(v.get(x), v.get(transition)));
      storeColumn(v, out, stride, 1, v.mul(v.get(x), v.get(first)));
      storeColumn(v, out, stride, 2, v.get(transition));
    },
  );
  return code;
}

export function storeColumn(v: Lanes, base: number, stride: number, column: number, value: Value): void {
  columnAt(v, base, stride, column)();
  value();
  v.code.access(access.v128Store, 0, 2);
}

/** (points, out, stride, rows, z): the weights x / (z - x) at the points x, four columns. */
export function weightsFunction(inversion: GroupInversion): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const e = extensionLanes(v);
  const [points, out, stride, rows, at] = [0, 1, 2, 3, 4] as const;
  const [z, difference] = [e.locals(), e.locals()];
  const x = v.local();
  loadExtension(v, z, at);
  const setDifference = (): void => {
    v.set(x, v.load(points));
    e.set(difference, i => (i === 0 ? v.sub(v.get(z[0]), v.get(x)) : v.get(z[i]!)));
  };
  repeatInverted(
    code,
    v,
    inversion,
    rows,
    [points, out],
    () => () => {
      setDifference();
      e.norm(difference)();
    },
    inverse => {
      setDifference();
      e.inverse(difference, difference, () => inverse);
      e.scale(difference, difference, x);
      for (const [i, word] of difference.entries()) storeColumn(v, out, stride, i, v.get(word));
    },
  );
  return code;
}
