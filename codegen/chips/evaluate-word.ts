// The oracle's half for words: naive on purpose, by BigInt.

import { assert } from '../../runtime/errors.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { Event } from './event.ts';
import { apply } from './operations.ts';
import type { Word } from './word.ts';

/** What words are for one event. A value outside the interval that its word promises is our mistake. */
export function wordEvaluator(field: PrimeField, event: Event): (word: Word) => bigint {
  const known = new Map<Word, bigint>();
  const compute = (word: Word): bigint => {
    if (word.op === 'const') return word.min;
    if (word.op === 'field') return fieldOf(event, word);
    return apply(word, word.args.map(evaluate), field);
  };
  const evaluate = (word: Word): bigint => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const value = compute(word);
    assert(
      value >= word.min && value <= word.max,
      `chips: ${word.op} ${word.name} is ${value}, not in [${word.min}, ${word.max}]`,
    );
    known.set(word, value);
    return value;
  };
  return evaluate;
}

function fieldOf(event: Event, { name, index }: Word): bigint {
  const value = event[name];
  const one = typeof value === 'bigint' ? value : value?.[index];
  assert(one !== undefined, `chips: an event without ${name}`);
  return one;
}
