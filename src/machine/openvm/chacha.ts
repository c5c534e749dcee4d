// The random numbers that OpenVM 1.4 hints with: ChaCha with 12 rounds, keyed by a seed as rand's StdRng is.
// Reference: rand_chacha and rand_core's seed_from_u64 (PCG32), https://cr.yp.to/chacha.html.

import { HIGH } from '../../../runtime/layout.ts';

const ROUNDS = 12;
const BLOCK_WORDS = 16;
/** "expand 32-byte k". */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

function keyFromSeed(seed: bigint): number[] {
  let state = seed;
  return Array.from({ length: 8 }, () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 11634580027462260723n);
    const mixed = Number(BigInt.asUintN(32, ((state >> 18n) ^ state) >> 27n));
    const turn = Number(state >> 59n);
    return ((mixed >>> turn) | (mixed << (32 - turn))) >>> 0;
  });
}

export class RandomWords {
  readonly #key: readonly number[];
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #used = BLOCK_WORDS;
  #counter = 0;

  constructor(seed = 0n) {
    this.#key = keyFromSeed(seed);
  }

  /** Saves how far it is; gives what sets it back. */
  save(): () => void {
    const [block, used, counter] = [this.#block.slice(), this.#used, this.#counter];
    return () => {
      this.#block.set(block);
      this.#used = used;
      this.#counter = counter;
    };
  }

  /** The next word of the key stream. */
  next(): number {
    if (this.#used === BLOCK_WORDS) this.#refill();
    return this.#block[this.#used++]!;
  }

  #refill(): void {
    // The counter has 64 bits, the nonce is 0.
    const start = [...SIGMA, ...this.#key, this.#counter >>> 0, Math.floor(this.#counter / HIGH), 0, 0];
    const x = Uint32Array.from(start);
    const turn = (a: number, by: number): number => (a << by) | (a >>> (32 - by));
    const quarter = (a: number, b: number, c: number, d: number): void => {
      for (const [first, second] of [
        [16, 12],
        [8, 7],
      ] as const) {
        x[a] = x[a]! + x[b]!;
        x[d] = turn(x[d]! ^ x[a]!, first);
        x[c] = x[c]! + x[d]!;
        x[b] = turn(x[b]! ^ x[c]!, second);
      }
    };
    for (let round = 0; round < ROUNDS; round += 2) {
      for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i);
      for (let i = 0; i < 4; i++) quarter(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
    }
    for (let i = 0; i < BLOCK_WORDS; i++) this.#block[i] = x[i]! + start[i]!;
    this.#counter++;
    this.#used = 0;
  }
}
