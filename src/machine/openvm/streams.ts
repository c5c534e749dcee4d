// What an OpenVM guest reads: input vectors in a queue, the hint stream that its instructions take words from, values by
// key, random numbers. Host state: it goes on from segment to segment. Reference: openvm:crates/vm/src/arch/state.rs and
// extensions/rv32im/circuit/src/lib.rs (phantom), v1.4.0.

import { RandomWords } from './chacha.ts';

const EMPTY = new Uint8Array(0);

/** Length as 4 bytes, the data, zeros up to a multiple of 4. */
function hintOf(data: Uint8Array): Uint8Array {
  const hint = new Uint8Array(4 + 4 * Math.ceil(data.length / 4));
  new DataView(hint.buffer).setUint32(0, data.length, true);
  hint.set(data, 4);
  return hint;
}

export class Streams {
  #inputs: readonly Uint8Array[];
  #nextInput = 0;
  #hint: Uint8Array = EMPTY;
  #hintAt = 0;
  readonly #random = new RandomWords();

  constructor(inputs: readonly Uint8Array[]) {
    this.#inputs = inputs;
  }

  /** Bytes that the guest has not taken. */
  get hintLeft(): number {
    return this.#hint.length - this.#hintAt;
  }

  get inputsLeft(): number {
    return this.#inputs.length - this.#nextInput;
  }

  /** The next bytes of the hint stream; undefined where fewer are left, and then none is taken. */
  take(bytes: number): Uint8Array | undefined {
    if (bytes > this.hintLeft) return undefined;
    this.#hintAt += bytes;
    return this.#hint.subarray(this.#hintAt - bytes, this.#hintAt);
  }

  /** The next input becomes the hint stream; false where there is none. */
  hintInput(): boolean {
    const data = this.#inputs[this.#nextInput];
    if (data === undefined) return false;
    this.#nextInput++;
    this.#setHint(hintOf(data));
    return true;
  }

  /** Random bytes become the hint stream: each the low byte of a word of the key stream. */
  hintRandom(bytes: number): void {
    this.#setHint(Uint8Array.from({ length: bytes }, () => this.#random.next() & 0xff));
  }

  /** Input that is read before what is queued. */
  pushFront(inputs: readonly Uint8Array[]): void {
    this.#inputs = [...inputs, ...this.#inputs.slice(this.#nextInput)];
    this.#nextInput = 0;
  }

  /** Saves where they are; gives what sets them back. */
  save(): () => void {
    const [inputs, next, hint, at, random] = [
      this.#inputs,
      this.#nextInput,
      this.#hint,
      this.#hintAt,
      this.#random.save(),
    ];
    return () => {
      [this.#inputs, this.#nextInput] = [inputs, next];
      [this.#hint, this.#hintAt] = [hint, at];
      random();
    };
  }

  #setHint(hint: Uint8Array): void {
    this.#hint = hint;
    this.#hintAt = 0;
  }
}
