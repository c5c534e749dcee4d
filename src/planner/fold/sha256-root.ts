// The root of a set by SHA-256, without an array for each node: a run's sets have hundreds of thousands of items, each of them two
// messages of one or two blocks.

import { SHA256_START, sha256Compress, sha256Extend } from '../../../runtime/hashes/sha256.ts';

const WORDS = 8;
const BLOCK = 16;
const BITS_OF_LEAF = 8 * (1 + 4 * WORDS);
const BITS_OF_NODE = 8 * (1 + 8 * WORDS);
/** Behind a message's last byte. */
const END = 0x80_0000;
/** What a node's message begins with. */
const NODE = 0x100_0000;

class Sha256 {
  readonly state: Int32Array = new Int32Array(WORDS);
  readonly #schedule = new Int32Array(64);

  /** The words from `at` on behind the byte that a message begins with, which is in `first`. */
  #begin(first: number, words: Int32Array, at: number, count: number): void {
    const w = this.#schedule;
    w[0] = first | (words[at]! >>> 8);
    for (let i = 1; i < count; i++) w[i] = (words[at + i - 1]! << 24) | (words[at + i]! >>> 8);
    this.state.set(SHA256_START);
  }

  #compress(): void {
    sha256Extend(this.#schedule);
    sha256Compress(this.state, this.#schedule);
  }

  leaf(words: Int32Array, at: number): void {
    const w = this.#schedule;
    this.#begin(0, words, at, WORDS);
    w[WORDS] = (words[at + WORDS - 1]! << 24) | END;
    w.fill(0, WORDS + 1, BLOCK - 1);
    w[BLOCK - 1] = BITS_OF_LEAF;
    this.#compress();
  }

  /** Of two nodes, one behind the other. */
  node(words: Int32Array, at: number): void {
    const w = this.#schedule;
    this.#begin(NODE, words, at, BLOCK);
    this.#compress();
    w.fill(0, 1, BLOCK - 1);
    w[0] = (words[at + BLOCK - 1]! << 24) | END;
    w[BLOCK - 1] = BITS_OF_NODE;
    this.#compress();
  }
}

/** Of at least one item; `items`: 8 words each, the first byte the most significant. */
export function sha256Root(items: Uint32Array): Uint8Array {
  const sha = new Sha256();
  let count = items.length / WORDS;
  // Room for the zeros that the last node of a level is paired with.
  const level = new Int32Array(items.length + WORDS);
  level.set(items);
  for (let i = 0; i < count; i++) {
    sha.leaf(level, WORDS * i);
    level.set(sha.state, WORDS * i);
  }
  while (count > 1) {
    level.fill(0, WORDS * count, WORDS * (count + 1));
    count = (count + 1) >>> 1;
    for (let i = 0; i < count; i++) {
      sha.node(level, BLOCK * i);
      level.set(sha.state, WORDS * i);
    }
  }
  const root = new Uint8Array(4 * WORDS);
  const view = new DataView(root.buffer);
  for (let word = 0; word < WORDS; word++) view.setInt32(4 * word, level[word]!, false);
  return root;
}
