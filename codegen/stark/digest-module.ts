// Pairs of digests compressed, as a module of its own: what trees outside of a prover need. Words are canonical before and behind it.

import { babyBear, inverse } from '../../runtime/fields/baby-bear.ts';
import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { valueType } from '../wasm/binary/instructions.ts';
import { moduleWriter } from '../wasm/binary/module.ts';
import { type Value, values } from '../wasm/binary/values.ts';
import { lanes } from './lanes.ts';
import { advance, repeat } from './loops.ts';
import { compressFunction, permuteFunction, STATE_BYTES } from './poseidon2.ts';

const { i32 } = valueType;
const VECTOR_BYTES = 16;
const PAGE_BYTES = 65_536;

/** Where the host writes `hashConstants`, and puts pairs, digest by digest; digests of pairs come out at the same place. */
export const DIGEST_CONSTANTS: number = STATE_BYTES;
export const PAIRS_AT = 8192;
/** Most pairs of one call; they are done four at a time. */
export const MOST_PAIRS: number = (PAGE_BYTES - PAIRS_AT) / 64;
const DIGEST_BYTES = 32;

/** (address, vectors): multiplies words by a canonical constant. */
function timesFunction(constant: number): CodeWriter {
  const code = codeWriter(2);
  const v = lanes(code);
  repeat(code, 1, 1, () => {
    v.store(0, 0, v.times(v.load(0), constant));
    advance(code, 0, VECTOR_BYTES);
  });
  return code;
}

/** Exports `memory` and `compress` (pairs: a multiple of four). */
export function digestModule(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.export('memory', 'memory', module.memory({ min: 1, max: 1 }));
  const scratch = module.global({ type: i32, mutable: false }, 0);
  const declare = (parameters: number, body: CodeWriter, name: string): number => {
    const types = Array.from({ length: parameters }, () => i32);
    const index = module.declareFunction(module.type(types, []), name);
    module.defineFunction(index, body);
    return index;
  };
  const permute = declare(1, permuteFunction(DIGEST_CONSTANTS), 'permute');
  const pairs = declare(5, compressFunction(permute, scratch), 'pairs');
  const toForm = declare(2, timesFunction(babyBear.r), 'toForm');
  const fromForm = declare(2, timesFunction(inverse(babyBear.r)), 'fromForm');
  const compress = codeWriter(1);
  const { shl, get, constant } = values(compress, 32);
  const call = (index: number, ...parameters: readonly Value[]): void => {
    for (const push of parameters) push();
    compress.call(index);
  };
  const pairBytes = 2 * DIGEST_BYTES;
  call(toForm, constant(PAIRS_AT), shl(get(0), constant(2)));
  call(pairs, ...[PAIRS_AT, PAIRS_AT + DIGEST_BYTES, pairBytes, PAIRS_AT].map(constant), get(0));
  call(fromForm, constant(PAIRS_AT), shl(get(0), constant(1)));
  module.export('compress', 'function', declare(1, compress, 'compress'));
  return module.finish();
}
