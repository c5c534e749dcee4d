// What differs between two results, exactly.

import type { Measure, Measured } from './measures.ts';

export interface Change {
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  /** 0 where it is only in the other one. */
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Of `before`; null where that is 0. */
  readonly percent: number | null;
}

export interface FactChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Comparison {
  /** Groups in the order of the results, in each the largest change first. */
  readonly changes: readonly Change[];
  readonly facts: readonly FactChange[];
}

const keyOf = ({ group, name, unit }: Measure): string => [group, name, unit].join('\0');

/** What differs from `before` to `after`: nothing where they are equal. */
export function compareMeasures(before: Measured, after: Measured): Comparison {
  const values = [before, after].map(({ measures }) => new Map(measures.map(one => [keyOf(one), one.value])));
  const all = new Map([...before.measures, ...after.measures].map(one => [keyOf(one), one]));
  const changes = [...all].flatMap(([key, { group, name, unit }]): Change[] => {
    const [a = 0, b = 0] = values.map(some => some.get(key));
    return a === b
      ? []
      : [{ group, name, unit, before: a, after: b, change: b - a, percent: a === 0 ? null : (100 * (b - a)) / a }];
  });
  const groups = [...new Set(changes.map(({ group }) => group))];
  const sorted = groups.flatMap(group =>
    changes.filter(one => one.group === group).sort((a, b) => Math.abs(b.change) - Math.abs(a.change)),
  );
  const names = new Set([...before.facts.keys(), ...after.facts.keys()]);
  const facts = [...names].flatMap((name): FactChange[] => {
    const [a = null, b = null] = [before.facts.get(name), after.facts.get(name)];
    return a === b ? [] : [{ name, before: a, after: b }];
  });
  return { changes: sorted, facts };
}

/** Totals that grew by more than so many percent, and runs that end in another way. */
export function regressions({ changes, facts }: Comparison, threshold: number): readonly (Change | FactChange)[] {
  const isEnd = ({ name }: FactChange): boolean => name === 'exit' || name.endsWith(': exit');
  return [
    ...facts.filter(isEnd),
    ...changes.filter(
      ({ group, change, percent }) => group === 'total' && change > 0 && (percent ?? Infinity) > threshold,
    ),
  ];
}
