// The fast checker: a chip's constraints as one more column over its columns, which any printer of fillers fills. It is 1
// where a row breaks some constraint; the checker (check.ts) says which.

import type { Chip } from './chip.ts';
import type { FillPlan } from './plan.ts';
import type { Cell, Poly } from './poly.ts';
import { readsOf } from './poly-text.ts';
import { type Graph, graph, type U32 } from './u32.ts';

/** The column `violated`, right behind the chip's own; constraints that read a next row or public values are left out. */
export function constraintPlan(chip: Chip): FillPlan {
  const g = graph();
  const value = polyLowering(g, chip);
  const askable = chip.constraints.filter(({ poly }) => !readsOf(poly).isNext && !readsOf(poly).isPublic);
  const broken = askable.map(({ poly }) => value(poly)).reduce((a, b) => g.make('or', [a, b]), g.constant(0));
  const violated = g.make('xor', [g.make('eq', [broken, g.constant(0)]), g.constant(1)]);
  return {
    name: `Check${chip.name}`,
    field: chip.field,
    eventWords: 0,
    columns: [{ index: chip.columns.length, value: violated }],
    counts: [],
    padding: [[0]],
  };
}

/** Polynomials over stored columns, canonical: a product of two is Montgomery's, and one more that makes up for its 2^32. */
function polyLowering(g: Graph, { field }: Chip): (p: Poly) => U32 {
  const known = new Map<Poly, U32>();
  const constant = (x: bigint | number): U32 => g.constant(field.of(x));
  const times = (a: U32, b: U32): U32 => {
    const [x, y] = a.op === 'const' ? [b, a] : [a, b];
    if (y.op === 'const') return y.value === 1 ? x : g.make('montgomery', [x, constant(field.mul(y.value, field.r))]);
    return g.make('montgomery', [g.make('montgomery', [x, y]), constant(field.r2)]);
  };
  /** a − b: a + p − b may reach 2p, which a sum in the field brings back. */
  const minus = (a: U32, b: U32): U32 => {
    if (b.op === 'const') return g.make('fieldAdd', [a, constant(-BigInt(b.value))]);
    const difference = g.make('sub', [g.constant(field.modulus), b]); // p − b, in [1, p]
    return g.make('fieldAdd', [difference, a]);
  };
  const compute = (p: Poly): U32 => {
    const at = (i: number): U32 => value(p.args[i]!);
    switch (p.op) {
      case 'const':
        return constant(p.value);
      case 'cell':
        return g.make('column', [], (p as Cell).index);
      case 'add':
        return g.make('fieldAdd', [at(0), at(1)]);
      case 'sub':
        return minus(at(0), at(1));
      case 'mul':
        return times(at(0), at(1));
      case 'over':
        return times(at(0), constant(field.inverse(field.of(p.value))));
      case 'as':
        return at(0);
      default:
        throw new Error(`bug in jit-exec: ${p.op} is not of this row`);
    }
  };
  const value = (p: Poly): U32 => {
    const before = known.get(p) ?? compute(p);
    known.set(p, before);
    return before;
  };
  return value;
}
