// Polynomials as operations on u32 over columns that are there: canonical elements in, canonical elements out.

import type { Chip } from '../chip.ts';
import type { Cell, Poly } from '../poly.ts';
import type { Graph, U32 } from '../u32.ts';

/** A product of two is Montgomery's, and one more that makes up for its 2^32. Public values are read where events are. */
export function polyLowering(g: Graph, { field }: Pick<Chip, 'field'>): (p: Poly) => U32 {
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
    if (a.op === 'const' && a.value === 0) return g.make('select', [g.make('eq', [b, a]), a, difference]);
    return g.make('fieldAdd', [difference, a]);
  };
  const compute = (p: Poly): U32 => {
    const at = (i: number): U32 => value(p.args[i]!);
    switch (p.op) {
      case 'const':
        return constant(p.value);
      case 'cell':
        return g.make('column', [], (p as Cell).index);
      case 'next':
        return g.make('next', [], (p.args[0] as Cell).index);
      case 'public':
        return g.make('event', [], Number(p.value));
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
    }
  };
  const value = (p: Poly): U32 => {
    const before = known.get(p) ?? compute(p);
    known.set(p, before);
    return before;
  };
  return value;
}
