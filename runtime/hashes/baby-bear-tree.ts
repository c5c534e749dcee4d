// Hash and compression of OpenVM's commitments: a sponge over Poseidon2 of rate 8 without padding, and its permutation cut
// to 8 words. Lengths are fixed by other means: [a] and [a, 0] have one digest.

import { poseidon2BabyBear, WIDTH } from './poseidon2-baby-bear.ts';

export const DIGEST_WORDS = 8;
/** 8 words below p. */
export type TreeDigest = readonly number[];

const state = new Int32Array(WIDTH);
let permute: (state: Int32Array) => void = poseidon2BabyBear;

/** Digests of pairs, one after the other. */
export type CompressAll = (left: readonly TreeDigest[], right: readonly TreeDigest[]) => TreeDigest[];

/** Fewer pairs are not worth what several at once take. */
const SEVERAL = 4;
let several: CompressAll | undefined;

/** From now on other ways to compute the permutation, and compressions of several pairs. */
export function permuteBy(faster: (state: Int32Array) => void, fasterSeveral?: CompressAll): void {
  permute = faster;
  several = fasterSeveral;
}

/** `Array.from` takes a third of a permutation's time. */
function digest(): TreeDigest {
  const words: number[] = [];
  for (let i = 0; i < DIGEST_WORDS; i++) words.push(state[i]!);
  return words;
}

/** Of rows one after the other: each block of 8 words overwrites the state's first 8, a last, shorter one only its own. */
export function hashWords(rows: readonly (readonly number[])[]): TreeDigest {
  state.fill(0);
  let filled = 0;
  for (const row of rows)
    for (const word of row) {
      state[filled++] = word;
      if (filled < DIGEST_WORDS) continue;
      permute(state);
      filled = 0;
    }
  if (filled > 0) permute(state);
  return digest();
}

export function compress(left: TreeDigest, right: TreeDigest): TreeDigest {
  state.set(left);
  state.set(right, DIGEST_WORDS);
  permute(state);
  return digest();
}

export const compressAll: CompressAll = (left, right) =>
  several === undefined || left.length < SEVERAL
    ? left.map((one, i) => compress(one, right[i]!))
    : several(left, right);

export const sameDigest = (a: TreeDigest, b: TreeDigest): boolean => a.every((word, i) => word === b[i]);
