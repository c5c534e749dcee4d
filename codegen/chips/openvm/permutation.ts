// What a proof adds to an AIR's columns: sums of the messages that it sends and receives, as many in a column as the degree of
// constraints allows. Reference: stark-backend:src/interaction/fri_log_up.rs (find_interaction_chunks), v1.2.0.

import { degreeOf } from '../audit.ts';
import type { Chip } from '../chip.ts';

/** Of constraints, in keys of an app. */
const MAX_DEGREE = 3;

/** Columns of extension elements: one for each chunk of messages, and their running sum; none of an AIR without messages. */
export function permutationColumns({ interactions }: Chip): number {
  if (interactions.length === 0) return 0;
  const degrees = interactions
    .map(({ message, multiplicity }) => ({
      ofMessage: Math.max(0, ...message.map(degreeOf)),
      ofCount: degreeOf(multiplicity),
    }))
    .sort((a, b) => a.ofMessage - b.ofMessage || a.ofCount - b.ofCount);
  let chunks = 0;
  // Degrees of the sum's denominator and numerator so far.
  let [denominator, numerator] = [MAX_DEGREE, MAX_DEGREE];
  for (const { ofMessage, ofCount } of degrees) {
    const [below, above] = [denominator + ofMessage, Math.max(numerator + ofMessage, ofCount + denominator)];
    if (Math.max(above, below + 1) <= MAX_DEGREE) [denominator, numerator] = [below, above];
    else {
      chunks++;
      [denominator, numerator] = [ofMessage, ofCount];
    }
  }
  return chunks + 1;
}
