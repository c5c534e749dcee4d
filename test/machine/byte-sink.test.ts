import { expect, it } from 'vitest';
import { ByteSink } from '../../src/machine/byte-sink.ts';

it('gives what it was given, in order, in pieces of any size', () => {
  for (const size of [1, 2, 3, 7, 20]) {
    const sink = new ByteSink();
    for (const bytes of [[1, 2, 3], [], [4], [5, 6, 7, 8]]) sink.hold(Uint8Array.from(bytes));
    const got: number[] = [];
    while (sink.length > 0) {
      const taken = sink.take(size);
      expect(taken.length).toBe(Math.min(size, 8 - got.length));
      got.push(...taken);
    }
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(sink.take(size)).toEqual(new Uint8Array(0));
  }
});

it('holds what it is given without a copy, and pushes a copy', () => {
  const given = Uint8Array.of(1, 2);
  const sink = new ByteSink();
  sink.push(given);
  sink.hold(given);
  given[0] = 9;
  expect([...sink.take(2), ...sink.bytes()]).toEqual([1, 2, 9, 2]);
  expect(sink.take(1).buffer).toBe(given.buffer);
});
