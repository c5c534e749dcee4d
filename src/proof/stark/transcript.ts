// The transcript of a proof: a duplex sponge over Poseidon2 that observes words and gives challenges.
// Reference: Plonky3's DuplexChallenger, as OpenVM 1.4.0 uses it.

import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { poseidon2BabyBear, WIDTH } from '../../../runtime/hashes/poseidon2-baby-bear.ts';

const RATE = 8;

export class Transcript {
  readonly #state = new Int32Array(WIDTH);
  #inputs: number[] = [];
  #outputs: number[] = [];

  observe(...words: readonly number[]): void {
    for (const word of words) {
      this.#outputs = [];
      this.#inputs.push(word);
      if (this.#inputs.length === RATE) this.#duplex();
    }
  }

  /** One word; the last of the rate is given first. */
  sample(): number {
    if (this.#inputs.length > 0 || this.#outputs.length === 0) this.#duplex();
    return this.#outputs.pop()!;
  }

  sampleExtension(): Extension {
    return [this.sample(), this.sample(), this.sample(), this.sample()];
  }

  /** The low bits of a sample. */
  sampleBits(bits: number): number {
    return this.sample() % 2 ** bits;
  }

  /** Whether a witness was ground until so many bits are 0. */
  checkWitness(bits: number, witness: number): boolean {
    this.observe(witness);
    return this.sampleBits(bits) === 0;
  }

  /** One that goes on from here by itself. */
  copy(): Transcript {
    const copy = new Transcript();
    copy.#state.set(this.#state);
    copy.#inputs = [...this.#inputs];
    copy.#outputs = [...this.#outputs];
    return copy;
  }

  /** What comes next depends on nothing else. */
  get state(): { readonly sponge: readonly number[]; readonly inputs: readonly number[]; readonly outputs: number } {
    return { sponge: [...this.#state], inputs: [...this.#inputs], outputs: this.#outputs.length };
  }

  #duplex(): void {
    this.#state.set(this.#inputs);
    this.#inputs = [];
    poseidon2BabyBear(this.#state);
    this.#outputs = [...this.#state.subarray(0, RATE)];
  }
}
