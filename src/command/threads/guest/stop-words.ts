// The words that the main thread and the guest's thread share while a guest runs.

import { HIGH, INTERRUPT, STOPPED } from '../../../../runtime/layout.ts';

/** The guest's output has not ended its line. */
const OPEN_LINE = INTERRUPT.own;
const INSTRUCTIONS = INTERRUPT.instructions;

export const INTERRUPTED: number = STOPPED.interrupted;
export const TIMED_OUT: number = STOPPED.timedOut;

export const makeStopWords = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * INTERRUPT.words));

/** Asks the guest to stop; false where it was asked before. */
export const askToStop = (words: Int32Array, why: number): boolean =>
  Atomics.compareExchange(words, INTERRUPT.stop, 0, why) === 0;

/** Why it was asked to, if it was. */
export const whyStopped = (words: Int32Array): number => Atomics.load(words, INTERRUPT.stop);

export const isStopped = (words: Int32Array): boolean => Atomics.load(words, INTERRUPT.stop) !== 0;

export const openLineOf = (words: Int32Array): Int32Array => words.subarray(OPEN_LINE, OPEN_LINE + 1);

export const instructionsSoFar = (words: Int32Array): number =>
  (words[INSTRUCTIONS + 1]! >>> 0) * HIGH + (words[INSTRUCTIONS]! >>> 0);
