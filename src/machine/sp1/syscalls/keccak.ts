// Keccak-f[1600] on 25 lanes of two words, low word first: from WebAssembly where the host has it.

import { KECCAK_CONSTANTS, KECCAK_LANES, keccakModule } from '../../../../codegen/kernels/keccak.ts';
import { keccakPermute as permuteInJavaScript } from '../../../../runtime/hashes/keccak.ts';
import { keccakConstants } from '../../../../runtime/hashes/keccak-rounds.ts';

type Permute = (words: Int32Array) => void;

let chosen: Permute | undefined;

/** Permutes the first 50 words in place. */
export function fastKeccakPermute(words: Int32Array): void {
  chosen ??= permuteInWebAssembly() ?? permuteInJavaScript;
  chosen(words);
}

/** Undefined where the host has no WebAssembly or forbids it. */
export function permuteInWebAssembly(): Permute | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(keccakModule()));
    const { buffer } = exports.memory as WebAssembly.Memory;
    new BigUint64Array(buffer, KECCAK_CONSTANTS).set(keccakConstants());
    const lanes = new Int32Array(buffer, 0, 2 * KECCAK_LANES);
    const permute = exports.permute as () => void;
    return words => {
      for (let i = 0; i < lanes.length; i++) lanes[i] = words[i]!;
      permute();
      for (let i = 0; i < lanes.length; i++) words[i] = lanes[i]!;
    };
  } catch {
    return undefined;
  }
}
