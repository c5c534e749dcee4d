// Coefficients of the septic extension in lanes: a vector each, tables of single words.

import type { CodeWriter } from '../../wasm/binary/code.ts';
import { VECTOR_BYTES } from '../../wasm/binary/vector-values.ts';
import type { CoefficientValues } from '../septic.ts';
import { type KoalaBearLanes, koalaBearLanes } from './koala-bear.ts';

const WORD_BYTES = 4;

/** All instructions go to `code`. */
export function coefficientLanes(code: CodeWriter): KoalaBearLanes & CoefficientValues {
  const v = koalaBearLanes(code);
  return {
    ...v,
    bytes: VECTOR_BYTES,
    entry: (table, index) => v.loadSplat(table, WORD_BYTES * index),
    twice: a => v.plus(a, a),
  };
}
