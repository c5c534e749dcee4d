// Cuts a sequence into intervals, exactly: the fewest under caps, so many with the smallest maximum, the fewest with least memory
// in common. Every resource grows with the interval, so that the longest feasible prefix is optimal.

import { JitExecError } from '../../../runtime/errors.ts';
import type { SliceTouches } from './touches.ts';

/** A sequence of slices, and what intervals of it need. */
export interface Sequence {
  readonly length: number;
  readonly touches: SliceTouches;
  /** Whether slices i - 1 and i may be in one interval. */
  joins(i: number): boolean;
  /** What [a, b) needs of each resource where it touches so many words: no less than any interval within it. */
  needs(a: number, b: number, words: number): Float64Array;
}

/** Caps by resource; infinity where there is none. */
export type Caps = ArrayLike<number>;

/** Where intervals begin, the first at 0; the last ends with the sequence. */
export type Cuts = readonly number[];

/** A slice that alone is over a cap. */
export interface Excess {
  readonly slice: number;
  readonly resource: number;
  readonly need: number;
}

export type Fewest = { readonly cuts: Cuts } | { readonly excess: Excess };

function excessOf(needs: Float64Array, caps: Caps): number {
  for (let resource = 0; resource < needs.length; resource++) if (needs[resource]! > caps[resource]!) return resource;
  return -1;
}

/** The end of the longest interval from `a` on that is within the caps, at most `end`; `a` where not one slice is. */
export function longest(sequence: Sequence, a: number, end: number, caps: Caps): number {
  let words = 0;
  let b = a;
  for (; b < end && (b === a || sequence.joins(b)); b++) {
    words += sequence.touches.addedRight(a, b);
    if (excessOf(sequence.needs(a, b + 1, words), caps) >= 0) break;
  }
  return b;
}

/** The fewest intervals of [from, to) under caps. */
export function fewest(sequence: Sequence, caps: Caps, from = 0, to: number = sequence.length): Fewest {
  const cuts: number[] = [];
  for (let a = from; a < to; ) {
    const b = longest(sequence, a, to, caps);
    if (b === a) return { excess: excessAt(sequence, a, caps) };
    cuts.push(a);
    a = b;
  }
  return { cuts };
}

function excessAt(sequence: Sequence, slice: number, caps: Caps): Excess {
  const needs = sequence.needs(slice, slice + 1, sequence.touches.addedRight(slice, slice));
  const resource = excessOf(needs, caps);
  return { slice, resource, need: needs[resource]! };
}

/** Slices that alone are over a cap. */
export function slicesOver(sequence: Sequence, caps: Caps): readonly number[] {
  const all = Array.from({ length: sequence.length }, (_, i) => i);
  return all.filter(i => excessOf(sequence.needs(i, i + 1, sequence.touches.addedRight(i, i)), caps) >= 0);
}

/**
 * So many intervals of which the one that needs most of a resource needs the least, under caps. Undefined where the sequence has not so
 * many slices, or must be cut into more.
 */
export function exactly(sequence: Sequence, count: number, resource: number, caps: Caps): Cuts | undefined {
  if (count < 1 || count > sequence.length) return undefined;
  const cutsAt = (cap: number): Cuts | undefined => {
    const found = fewest(
      sequence,
      Float64Array.from(caps, (own, r) => (r === resource ? Math.min(own, cap) : own)),
    );
    return 'cuts' in found && found.cuts.length <= count ? found.cuts : undefined;
  };
  let high = Math.min(caps[resource]!, Number.MAX_SAFE_INTEGER);
  let best = cutsAt(high);
  if (best === undefined) return undefined;
  for (let low = 0; low < high; ) {
    const middle = Math.floor(low + (high - low) / 2);
    const found = cutsAt(middle);
    if (found === undefined) low = middle + 1;
    else {
      best = found;
      high = middle;
    }
  }
  return splitTo(best, count, sequence.length);
}

/** Cuts the longest intervals in half until there are so many: no interval needs more for it. */
function splitTo(cuts: Cuts, count: number, length: number): Cuts {
  const all = [...cuts];
  while (all.length < count) {
    const sizes = all.map((start, i) => (all[i + 1] ?? length) - start);
    const widest = sizes.indexOf(Math.max(...sizes));
    all.splice(widest + 1, 0, all[widest]! + (sizes[widest]! >>> 1));
  }
  return all;
}

/**
 * The fewest intervals and of these with the fewest words over all of them, each counted in every interval that touches it.
 * The best of a prefix is part of the best of a longer one: with an interval more than need be, the whole had one more, too.
 */
export function fewestLeastShared(sequence: Sequence, caps: Caps): Fewest {
  const { length, touches } = sequence;
  const counts = new Float64Array(length + 1);
  const shared = new Float64Array(length + 1);
  const starts = new Int32Array(length + 1);
  /** Where the longest interval that ends at b starts, and its words: never before that of b - 1. */
  let first = 0;
  let firstWords = 0;
  for (let b = 1; b <= length; b++) {
    firstWords += touches.addedRight(first, b - 1);
    if (b > 1 && !sequence.joins(b - 1)) [first, firstWords] = [b - 1, touches.addedRight(b - 1, b - 1)];
    while (excessOf(sequence.needs(first, b, firstWords), caps) >= 0) {
      if (first === b - 1) return { excess: excessAt(sequence, first, caps) };
      firstWords -= touches.addedLeft(first, b);
      first++;
    }
    counts[b] = counts[first]! + 1;
    shared[b] = Number.POSITIVE_INFINITY;
    let words = firstWords;
    for (let a = first; a < b && counts[a]! + 1 === counts[b]!; a++) {
      if (shared[a]! + words < shared[b]!) {
        shared[b] = shared[a]! + words;
        starts[b] = a;
      }
      words -= touches.addedLeft(a, b);
    }
  }
  const cuts: number[] = [];
  for (let b = length; b > 0; b = starts[b]!) cuts.unshift(starts[b]!);
  return { cuts };
}

/** Splits one interval for caps of its own and leaves all others as they are. @throws PLAN_INFEASIBLE. */
export function resplit(sequence: Sequence, cuts: Cuts, interval: number, caps: Caps): Cuts {
  const from = cuts[interval]!;
  const found = fewest(sequence, caps, from, cuts[interval + 1] ?? sequence.length);
  if ('cuts' in found) return [...cuts.slice(0, interval), ...found.cuts, ...cuts.slice(interval + 1)];
  throw new JitExecError('PLAN_INFEASIBLE', `plan: shard ${interval} has a slice that alone is over the budget`);
}
