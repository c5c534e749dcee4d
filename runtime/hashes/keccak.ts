// Keccak-f[1600] (FIPS 202) on 25 lanes of two words, low word first; lane x + 5 y.
// Measured on Node 20: 4.7 µs; as WebAssembly (codegen/kernels/keccak.ts) a fraction of it.

import { keccakP } from '@noble/hashes/sha3.js';

const LANE_WORDS = 50;
const state = new Uint32Array(LANE_WORDS);

/** Permutes the first 50 words in place. */
export function keccakPermute(words: Int32Array): void {
  for (let i = 0; i < LANE_WORDS; i++) state[i] = words[i]!;
  keccakP(state);
  for (let i = 0; i < LANE_WORDS; i++) words[i] = state[i]!;
}
