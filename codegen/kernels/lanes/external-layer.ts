// The linear layer of Poseidon2's external rounds, of words of any field: circ(2 M, M, M, M) with M = circ(2, 3, 1, 1).

import type { Value } from '../../wasm/binary/values.ts';

const WIDTH = 16;

type Four = readonly [number, number, number, number];

/** Sums of words in locals. */
export interface WordSums {
  locals(count: number): number[];
  get(local: number): Value;
  set(local: number, value: Value): void;
  add(a: Value, b: Value): Value;
  double(a: Value): Value;
}

/** Where the words of a state are kept. */
export interface StateWords {
  word(i: number): Value;
  store(i: number, value: Value): void;
}

/** Four words, in locals, by M. */
export function groupMixer(v: WordSums, four: Four): () => void {
  const [ab, cd, all, allB, allD] = v.locals(5) as [number, number, number, number, number];
  const [a, b, c, d] = four.map(v.get) as [Value, Value, Value, Value];
  return () => {
    v.set(ab, v.add(a, b));
    v.set(cd, v.add(c, d));
    v.set(all, v.add(v.get(ab), v.get(cd)));
    v.set(allB, v.add(v.get(all), b));
    v.set(allD, v.add(v.get(all), d));
    v.set(four[3], v.add(v.get(allD), v.double(a)));
    v.set(four[1], v.add(v.get(allB), v.double(c)));
    v.set(four[0], v.add(v.get(allB), v.get(ab)));
    v.set(four[2], v.add(v.get(allD), v.get(cd)));
  };
}

/**
 * Each group of four, then plus the sum over groups. Words are read, computed and written back one by one: V8 spills those that
 * are kept in locals, and more besides.
 */
export function layerMixer(v: WordSums, { word, store }: StateWords): () => void {
  const four = v.locals(4) as [number, number, number, number];
  const mixGroup = groupMixer(v, four);
  const columns = v.locals(4);
  return () => {
    for (let i = 0; i < WIDTH; i += 4) {
      for (const [j, local] of four.entries()) v.set(local, word(i + j));
      mixGroup();
      for (const [j, column] of columns.entries()) {
        store(i + j, v.get(four[j]!));
        v.set(column, i === 0 ? v.get(four[j]!) : v.add(v.get(column), v.get(four[j]!)));
      }
    }
    for (let i = 0; i < WIDTH; i++) store(i, v.add(word(i), v.get(columns[i % 4]!)));
  };
}
