// The words that the main thread and the guest's thread share while a guest runs.

import { HIGH } from '../../../../runtime/layout.ts';

/** The main thread asks the guest to stop: INTERRUPTED or TIMED_OUT (see ExecuteOptions.interrupt). */
const STOP = 0;
/** The guest's output has not ended its line. */
const OPEN_LINE = 1;
/** Instructions executed so far, low and high word (see ExecuteOptions.interrupt). */
const INSTRUCTIONS = 2;
const WORDS = 4;

export const INTERRUPTED = 1;
export const TIMED_OUT = 2;

export const makeStopWords = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * WORDS));

/** Asks the guest to stop; false where it was asked before. */
export const askToStop = (words: Int32Array, why: number): boolean =>
  Atomics.compareExchange(words, STOP, 0, why) === 0;

/** Why it was asked to, if it was. */
export const whyStopped = (words: Int32Array): number => Atomics.load(words, STOP);

export const isStopped = (words: Int32Array): boolean => Atomics.load(words, STOP) !== 0;

export const openLineOf = (words: Int32Array): Int32Array => words.subarray(OPEN_LINE, OPEN_LINE + 1);

export const instructionsSoFar = (words: Int32Array): number =>
  (words[INSTRUCTIONS + 1]! >>> 0) * HIGH + (words[INSTRUCTIONS]! >>> 0);
