// What can be said against a chip without a row: columns that nothing binds, degrees, and what a row costs to check.

import type { Chip } from './chip.ts';
import type { Poly } from './poly.ts';
import { columnsOf } from './poly-text.ts';

export interface Audit {
  /** Columns in no constraint and no message. */
  readonly loose: readonly string[];
  /** The largest degree of a constraint, and of a message's element or multiplicity. */
  readonly constraintDegree: number;
  readonly messageDegree: number;
  readonly constraints: number;
  /** Messages by bus: those sent and those received. */
  readonly messages: ReadonlyMap<string, { readonly sent: number; readonly received: number }>;
}

export function audit(chip: Chip): Audit {
  const spoken = chip.interactions.flatMap(({ multiplicity, message }) => [multiplicity, ...message]);
  const constrained = chip.constraints.map(({ poly }) => poly);
  const bound = new Set([...constrained, ...spoken].flatMap(columnsOf).map(name => name.replace(/'$/, '')));
  const messages = new Map<string, { sent: number; received: number }>();
  for (const { bus, isSend } of chip.interactions) {
    const counts = messages.get(bus.name) ?? { sent: 0, received: 0 };
    counts[isSend ? 'sent' : 'received']++;
    messages.set(bus.name, counts);
  }
  return {
    loose: chip.columns.map(({ name }) => name).filter(name => !bound.has(name)),
    constraintDegree: Math.max(0, ...constrained.map(degreeOf)),
    messageDegree: Math.max(0, ...spoken.map(degreeOf)),
    constraints: constrained.length,
    messages,
  };
}

const DEGREES = new WeakMap<Poly, number>();

/** As a polynomial in the cells of a row. */
export function degreeOf(p: Poly): number {
  const before = DEGREES.get(p);
  if (before !== undefined) return before;
  const degrees = p.args.map(degreeOf);
  const own = p.op === 'cell' || p.op === 'next' ? 1 : 0;
  const degree = p.op === 'mul' ? degrees[0]! + degrees[1]! : Math.max(own, ...degrees);
  DEGREES.set(p, degree);
  return degree;
}
