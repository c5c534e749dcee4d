// Searches the least witness after which a transcript's next sample has so many bits that are 0.

import { assert } from '../../../../runtime/errors.ts';
import { P } from '../../../../runtime/fields/baby-bear.ts';
import type { Transcript } from '../../stark/transcript.ts';
import type { ProverArena } from './arena.ts';
import { kernelCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';

/** Vectors of four witnesses in one call. */
const VECTORS = 4096;

export function grindWitness(arena: ProverArena, crew: ProverCrew, transcript: Transcript, bits: number): number {
  const { sponge, inputs } = transcript.state;
  const state = [...sponge];
  for (const [i, word] of inputs.entries()) state[i] = word;
  const mark = arena.mark;
  const at = arena.place(state);
  const mask = 2 ** bits - 1;
  let witness = -1;
  for (let first = 0; witness < 0 && first < P; first += 4 * VECTORS) {
    const start = arena.place([first, first + 1, first + 2, first + 3]);
    const found = crew.ask(kernelCall('grind', at, inputs.length, start, VECTORS, mask));
    if (found >= 0) witness = leastIn(transcript, bits, first + 4 * found);
  }
  arena.release(mark);
  assert(witness >= 0 && transcript.checkWitness(bits, witness), 'prover: the witness that was found is none');
  return witness;
}

/** The one of four that the reference accepts. */
function leastIn(transcript: Transcript, bits: number, first: number): number {
  const lane = [0, 1, 2, 3].findIndex(i => transcript.copy().checkWitness(bits, first + i));
  return lane < 0 ? -1 : first + lane;
}
