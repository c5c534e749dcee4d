// Openings and folds: columns weighed by rows, rows weighed by columns, the functions that FRI halves, and grinding.

import { P } from '../../runtime/fields/baby-bear.ts';
import { WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op } from '../wasm/binary/instructions.ts';
import { type Value, values } from '../wasm/binary/values.ts';
import { type ExtensionLanes, type ExtensionLocals, extensionLanes } from './extension-lanes.ts';
import { montgomery } from './lane-products.ts';
import { type Lanes, lanes } from './lanes.ts';
import { advance, repeat } from './loops.ts';
import { columnAt, type GroupInversion, loadExtension, repeatInverted, storeColumn } from './points.ts';

/**
 * (column, weights, stride, rows, out): Σ column · weight, of four columns of weights and of the same one row earlier, as eight
 * vectors whose lanes are still to be added. Rows are a multiple of eight.
 */
export function weighColumnFunction(): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const [column, weights, stride, rows, out] = [0, 1, 2, 3, 4] as const;
  const sums = v.locals(8);
  const [first, second] = v.locals(2) as [number, number];
  const weight =
    (word: number, offset: number): Value =>
    () => {
      columnAt(v, weights, stride, word)();
      code.access(access.v128Load, offset, 2);
    };
  repeat(code, rows, 8, () => {
    v.set(first, v.load(column));
    v.set(second, v.load(column, 16));
    for (const [i, sum] of sums.entries()) {
      // Addresses of weights begin a row early.
      const [word, offset] = [i % 4, i < 4 ? 4 : 0];
      const pair = [
        [v.get(first), weight(word, offset)],
        [v.get(second), weight(word, offset + 16)],
      ] as const;
      v.set(sum, v.add(v.get(sum), v.dot(...pair)));
    }
    for (const address of [column, weights]) advance(code, address, 32);
  });
  for (const [i, sum] of sums.entries()) v.store(out, 16 * i, v.get(sum));
  return code;
}

/**
 * (columns, stride, groups of four columns, rows, α's powers, factors, sums, stride of sums, points): adds f · Σ α^k column k to the four columns
 * of sums of each point. Powers are four splat vectors each, factors four words each.
 */
export function weighRowsFunction(): CodeWriter {
  const code = codeWriter(9);
  const v = lanes(code);
  const e = extensionLanes(v);
  const i32 = values(code, 32);
  const p = { columns: 0, stride: 1, groups: 2, rows: 3, powers: 4, factors: 5, sums: 6, sumStride: 7, points: 8 };
  const [column, power, group] = i32.locals(3) as [number, number, number];
  const [sum, product] = [e.locals(), e.locals()];
  const factors = [e.locals(), e.locals()];
  const four = v.locals(4);
  for (const [i, factor] of factors.entries()) loadExtension(v, factor, p.factors, 16 * i);
  const addTo = (factor: ExtensionLocals, first: number): void => {
    e.mul(product, sum, factor);
    for (const [i, word] of product.entries()) {
      const before: Value = () => {
        columnAt(v, p.sums, p.sumStride, first + i)();
        code.access(access.v128Load, 0, 2);
      };
      storeColumn(v, p.sums, p.sumStride, first + i, v.add(before, v.get(word)));
    }
  };
  repeat(code, p.rows, 4, () => {
    i32.set(column, i32.get(p.columns));
    i32.set(power, i32.get(p.powers));
    i32.set(group, i32.get(p.groups));
    e.set(sum, () => v.constant(0));
    repeat(code, group, 1, () => {
      for (const cell of four) {
        v.set(cell, v.load(column));
        i32.set(column, i32.add(i32.get(column), i32.get(p.stride)));
      }
      for (const [word, local] of sum.entries()) {
        const pairs = four.map((cell, k) => [v.get(cell), v.load(power, 64 * k + 16 * word)] as const);
        v.set(local, v.add(v.get(local), v.dot(...pairs)));
      }
      advance(code, power, 256);
    });
    addTo(factors[0]!, 0);
    code.localGet(p.points);
    code.i32Const(1);
    code.op(op.i32GtU);
    code.if();
    addTo(factors[1]!, 4);
    code.end();
    for (const address of [p.columns, p.sums]) advance(code, address, 16);
  });
  return code;
}

/**
 * (points, sums, stride, rows, constants, how many points): the four columns of sums become Σ (sum - claim) / (x - z). Constants: for each
 * point z, then the claim, four words each.
 */
export function divideFunction(inversion: GroupInversion): CodeWriter {
  const code = codeWriter(6);
  const v = lanes(code);
  const e = extensionLanes(v);
  const [points, sums, stride, rows] = [0, 1, 2, 3] as const;
  const { claim, difference, norms, setNorms, whereTwo } = divisors(v, e);
  const [total, term, quotient] = [e.locals(), e.locals(), e.locals()];
  const add = (i: 0 | 1, inverse: Value): void => {
    e.set(term, word => () => {
      columnAt(v, sums, stride, 4 * i + word)();
      code.access(access.v128Load, 0, 2);
    });
    e.sub(term, term, claim[i]);
    e.inverse(quotient, difference[i], () => inverse);
    e.mul(term, term, quotient);
    e.add(total, total, term);
  };
  repeatInverted(
    code,
    v,
    inversion,
    rows,
    [points, sums],
    () => () => {
      setNorms();
      v.mul(norms[0], norms[1])();
    },
    inverse => {
      setNorms();
      e.set(total, () => v.constant(0));
      // Of the product of both norms; each is that times the other one.
      add(0, v.mul(inverse, norms[1]));
      whereTwo(() => add(1, v.mul(inverse, norms[0])));
      for (const [i, word] of total.entries()) storeColumn(v, sums, stride, i, v.get(word));
    },
  );
  return code;
}

/** What `divide` divides by, at one or two points: differences, and their norms, of which that without a point is 1. */
interface Divisors {
  readonly claim: Both;
  readonly difference: Both;
  readonly norms: readonly [Value, Value];
  setNorms(): void;
  whereTwo(body: () => void): void;
}

function divisors(v: Lanes, e: ExtensionLanes): Divisors {
  const { code } = v;
  const [points, constants, count] = [0, 4, 5] as const;
  const [z, claim, difference] = [0, 1, 2].map(() => [e.locals(), e.locals()] as const) as [Both, Both, Both];
  const norms = v.locals(2) as [number, number];
  for (const i of [0, 1] as const) {
    loadExtension(v, z[i], constants, 32 * i);
    loadExtension(v, claim[i], constants, 32 * i + 16);
    e.set(difference[i], word => v.neg(v.get(z[i][word]!)));
  }
  const whereTwo = (body: () => void): void => {
    code.localGet(count);
    code.i32Const(1);
    code.op(op.i32GtU);
    code.if();
    body();
    code.end();
  };
  const setNorm = (i: 0 | 1): void => {
    v.set(difference[i][0], v.sub(v.load(points), v.get(z[i][0])));
    v.set(norms[i], e.norm(difference[i]));
  };
  const setNorms = (): void => {
    setNorm(0);
    v.set(norms[1], v.constant(montgomery(1)));
    whereTwo(() => setNorm(1));
  };
  return { claim, difference, norms: [v.get(norms[0]), v.get(norms[1])], setNorms, whereTwo };
}

type Both = readonly [ExtensionLocals, ExtensionLocals];

/**
 * (values, their stride, bytes of their half, out, its stride, rows, 1/x, constants, joining or 0, its stride): (e0 + e1) / 2 +
 * β / 2x (e0 - e1) + β² joining. Constants: β / 2, β².
 */
export function foldFunction(): CodeWriter {
  const code = codeWriter(10);
  const v = lanes(code);
  const e = extensionLanes(v);
  const i32 = values(code, 32);
  const p = { values: 0, stride: 1, half: 2, out: 3, outStride: 4, rows: 5, inverses: 6, constants: 7, joining: 8 };
  const high = i32.local();
  const inverseX = v.local();
  const [halfBeta, square, even, odd, slope] = Array.from({ length: 5 }, e.locals) as [
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
  ];
  loadExtension(v, halfBeta, p.constants);
  loadExtension(v, square, p.constants, 16);
  i32.set(high, i32.add(i32.get(p.values), i32.get(p.half)));
  const load = (to: ExtensionLocals, base: number, stride: number): void =>
    e.set(to, word => () => {
      columnAt(v, base, stride, word)();
      code.access(access.v128Load, 0, 2);
    });
  repeat(code, p.rows, 4, () => {
    load(even, p.values, p.stride);
    load(odd, high, p.stride);
    e.sub(slope, even, odd);
    v.set(inverseX, v.load(p.inverses));
    e.scale(slope, slope, inverseX);
    e.mul(slope, slope, halfBeta);
    e.add(even, even, odd);
    e.set(even, word => v.halved(v.get(even[word]!), 1));
    e.add(even, even, slope);
    code.localGet(p.joining);
    code.if();
    load(odd, p.joining, 9);
    e.mul(odd, odd, square);
    e.add(even, even, odd);
    advance(code, p.joining, 16);
    code.end();
    for (const [i, word] of even.entries()) storeColumn(v, p.out, p.outStride, i, v.get(word));
    for (const address of [p.values, high, p.inverses, p.out]) advance(code, address, 16);
  });
  return code;
}

/**
 * (sponge of 16 words, place of the witness in it, the first four witnesses, how many vectors, mask of canonical bits) → the vector that has a
 * witness after which word 7 has none of these bits, -1 without; `scratch` is then the four words.
 */
export function grindFunction(permute: number, scratch: number): CodeWriter {
  const code = codeWriter(5);
  const v = lanes(code);
  const i32 = values(code, 32);
  const p = { sponge: 0, place: 1, first: 2, vectors: 3, mask: 4 };
  const [state, done] = i32.locals(2) as [number, number];
  const witness = v.local();
  v.set(witness, v.load(p.first));
  code.globalGet(scratch);
  code.localSet(state);
  repeat(code, p.vectors, 1, () => {
    for (let i = 0; i < WIDTH; i++) v.store(state, 16 * i, v.loadSplat(p.sponge, 4 * i));
    i32.add(i32.get(state), i32.shl(i32.get(p.place), i32.constant(4)))();
    code.localGet(witness);
    code.access(access.v128Store, 0, 2);
    code.localGet(state);
    code.call(permute);
    // Out of Montgomery's form: times one.
    v.store(state, 0, v.mul(v.load(state, 16 * 7), v.constant(1)));
    for (let lane = 0; lane < 4; lane++) {
      i32.and(i32.load(state, 4 * lane), i32.get(p.mask))();
      code.op(op.i32Eqz);
      code.if();
      i32.get(done)();
      code.op(op.return);
      code.end();
    }
    v.set(witness, v.add(v.get(witness), v.constant(montgomery(4))));
    i32.set(done, i32.add(i32.get(done), i32.constant(1)));
  });
  code.i32Const(-1);
  return code;
}

/** (column, rows): each word becomes the sum of those before and itself. */
export function runningSumFunction(): CodeWriter {
  const code = codeWriter(2);
  const i32 = values(code, 32);
  const sum = i32.local();
  repeat(code, 1, 1, () => {
    i32.set(sum, i32.add(i32.get(sum), i32.load(0, 0)));
    i32.ltU(i32.get(sum), i32.constant(P))();
    code.op(op.i32Eqz);
    code.if();
    i32.set(sum, i32.sub(i32.get(sum), i32.constant(P)));
    code.end();
    i32.store(0, 0, i32.get(sum));
    advance(code, 0, 4);
  });
  return code;
}
