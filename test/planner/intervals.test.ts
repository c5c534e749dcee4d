// Cuts of a sequence against every way to cut it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cuts,
  exactly,
  fewest,
  fewestLeastShared,
  resplit,
  type Sequence,
} from '../../src/planner/run/intervals.ts';
import { SliceTouches } from '../../src/planner/run/touches.ts';

interface Given {
  readonly weights: readonly number[];
  /** Words of each slice. */
  readonly words: readonly (readonly number[])[];
  readonly fixed: number;
  readonly perWord: number;
  readonly apart: readonly boolean[];
}

function touchesOf(words: Given['words']): SliceTouches {
  const last = new Map<number, number>();
  return new SliceTouches(
    words.map((own, i) => {
      const counts = new Map<number, number>();
      for (const word of new Set(own)) {
        const previous = last.get(word) ?? -1;
        counts.set(previous, (counts.get(previous) ?? 0) + 1);
        last.set(word, i);
      }
      return [...counts].map(([previous, count]) => ({ previous, words: count }));
    }),
  );
}

/** Two resources: the price, and the number of slices. */
const sequenceOf = ({ weights, words, fixed, perWord, apart }: Given): Sequence => ({
  length: weights.length,
  touches: touchesOf(words),
  joins: i => !apart[i],
  needs: (a, b, touched) => {
    const own = weights.slice(a, b).reduce((all, weight) => all + weight, 0);
    return Float64Array.of(fixed + own + perWord * touched, b - a);
  },
});

const unionOf = ({ words }: Given, a: number, b: number): number => new Set(words.slice(a, b).flat()).size;
const NONE = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Every way to cut, with what each interval costs by the words themselves. */
function* allCuts(given: Given): Generator<{ cuts: number[]; costs: number[]; sizes: number[]; shared: number }> {
  const { length } = given.weights;
  for (let mask = 0; mask < 1 << (length - 1); mask++) {
    const cuts = [0, ...Array.from({ length: length - 1 }, (_, i) => i + 1).filter(i => (mask >>> (i - 1)) & 1)];
    if (given.apart.some((apart, i) => apart && i > 0 && i < length && !cuts.includes(i))) continue;
    const ends = [...cuts.slice(1), length];
    const unions = cuts.map((a, i) => unionOf(given, a, ends[i]!));
    const costs = cuts.map((a, i) => {
      const own = given.weights.slice(a, ends[i]).reduce((all, weight) => all + weight, 0);
      return given.fixed + own + given.perWord * unions[i]!;
    });
    yield { cuts, costs, sizes: cuts.map((a, i) => ends[i]! - a), shared: unions.reduce((a, b) => a + b, 0) };
  }
}

const anything: fc.Arbitrary<Given> = fc.integer({ min: 1, max: 8 }).chain(length =>
  fc.record({
    weights: fc.array(fc.nat(20), { minLength: length, maxLength: length }),
    words: fc.array(fc.array(fc.nat(7), { maxLength: 5 }), { minLength: length, maxLength: length }),
    fixed: fc.nat(5),
    perWord: fc.nat(5),
    apart: fc.array(
      fc.nat(5).map(n => n === 0),
      { minLength: length, maxLength: length },
    ),
  }),
);
const RUNS = { numRuns: 150 };

describe('words of intervals', () => {
  it('are those of the sets, from either side', () => {
    fc.assert(
      fc.property(anything, given => {
        const touches = touchesOf(given.words);
        for (let a = 0; a < given.words.length; a++) {
          for (let b = a + 1; b <= given.words.length; b++) {
            const union = unionOf(given, a, b);
            if (touches.within(a, b) !== union) return false;
            if (touches.addedLeft(a, b) !== union - unionOf(given, a + 1, b)) return false;
          }
        }
        return true;
      }),
      RUNS,
    );
  });
});

const example: Given = {
  weights: Array(6).fill(10),
  words: [[1, 2], [1, 2], [3, 4], [3, 4, 5], [6], [1, 6]],
  fixed: 5,
  perWord: 4,
  apart: [],
};
const costsOf = (sequence: Sequence, cuts: Cuts): number[] =>
  cuts.map((a, i) => {
    const b = cuts[i + 1] ?? sequence.length;
    return sequence.needs(a, b, sequence.touches.within(a, b))[0]!;
  });

describe('cuts', () => {
  it('of the worked example', () => {
    const sequence = sequenceOf(example);
    const found = fewestLeastShared(sequence, [40, 99]);
    expect(found).toEqual({ cuts: [0, 2, 4] });
    expect(costsOf(sequence, [0, 2, 4])).toEqual([33, 37, 33]);
    expect([1, 2, 3, 4, 5, 6].map(b => sequence.touches.within(0, b))).toEqual([2, 2, 4, 5, 6, 6]);
    expect(costsOf(sequence, [0, 3])).toEqual([51, 55]);
    expect(costsOf(sequence, [0, 1, 3, 5]).reduce((a, b) => a + b)).toBe(128);
    expect(costsOf(sequence, [0, 2, 5]).reduce((a, b) => a + b)).toBe(107);
  });

  it('are the fewest of all, and with least in common of those', () => {
    fc.assert(
      fc.property(anything, fc.nat(120), fc.integer({ min: 1, max: 8 }), (given, cap, most) => {
        const fitting = [...allCuts(given)].filter(
          ({ costs, sizes }) => Math.max(...costs) <= cap && Math.max(...sizes) <= most,
        );
        const sequence = sequenceOf(given);
        const [greedy, least] = [fewest(sequence, [cap, most]), fewestLeastShared(sequence, [cap, most])];
        if (fitting.length === 0) {
          expect('excess' in greedy && 'excess' in least).toBe(true);
          return;
        }
        const count = Math.min(...fitting.map(({ cuts }) => cuts.length));
        expect('cuts' in greedy && greedy.cuts.length).toBe(count);
        const few = fitting.filter(({ cuts }) => cuts.length === count);
        const found = few.find(({ cuts }) => 'cuts' in least && `${cuts}` === `${least.cuts}`);
        expect(found?.shared).toBe(Math.min(...few.map(({ shared }) => shared)));
      }),
      RUNS,
    );
  });

  it('of a given number have the smallest maximum', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 8 }), (given, count) => {
        const ways = [...allCuts(given)].filter(({ cuts }) => cuts.length === count);
        const found = exactly(sequenceOf(given), count, 0, NONE);
        if (ways.length === 0) {
          expect(found).toBeUndefined();
          return;
        }
        expect(found?.length).toBe(count);
        const most = Math.max(...costsOf(sequenceOf(given), found!));
        expect(most).toBe(Math.min(...ways.map(({ costs }) => Math.max(...costs))));
      }),
      RUNS,
    );
  });

  it('name a slice that alone is over a cap', () => {
    const given = { ...example, weights: [10, 10, 10, 90, 10, 10] };
    expect(fewest(sequenceOf(given), [60, 99])).toEqual({ excess: { slice: 3, resource: 0, need: 107 } });
    expect(fewestLeastShared(sequenceOf(given), [60, 99])).toEqual({ excess: { slice: 3, resource: 0, need: 107 } });
  });

  it('of one interval anew leave the others', () => {
    expect(resplit(sequenceOf(example), [0, 4], 0, [40, 99])).toEqual([0, 2, 4]);
    expect(() => resplit(sequenceOf(example), [0, 4], 0, [20, 99])).toThrow('shard 0');
  });
});
