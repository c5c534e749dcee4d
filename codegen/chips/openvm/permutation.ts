// What a proof adds to an AIR's columns: sums of the messages that it sends and receives, as many in a column as the degree of
// constraints allows. Reference: stark-backend:src/interaction/fri_log_up.rs (find_interaction_chunks), v1.2.0.

import { degreeOf } from '../audit.ts';
import type { Chip } from '../chip.ts';

/** Of constraints, in keys of an app. */
export const MAX_DEGREE = 3;

/** Of one message: the largest degree in it, and that of how often it is sent. */
export interface MessageDegrees {
  readonly ofMessage: number;
  readonly ofCount: number;
}

/** Which messages share a column, by their numbers. */
export function messageChunks(degrees: readonly MessageDegrees[], maxDegree: number): readonly (readonly number[])[] {
  const order = [...degrees.keys()].sort((i, j) => {
    const [a, b] = [degrees[i]!, degrees[j]!];
    return a.ofMessage - b.ofMessage || a.ofCount - b.ofCount;
  });
  const chunks: number[][] = [];
  // Degrees of the sum's denominator and numerator so far.
  let [denominator, numerator] = [maxDegree, maxDegree];
  for (const i of order) {
    const { ofMessage, ofCount } = degrees[i]!;
    const [below, above] = [denominator + ofMessage, Math.max(numerator + ofMessage, ofCount + denominator)];
    if (Math.max(above, below + 1) <= maxDegree) {
      chunks.at(-1)!.push(i);
      [denominator, numerator] = [below, above];
    } else {
      chunks.push([i]);
      [denominator, numerator] = [ofMessage, ofCount];
    }
  }
  return chunks;
}

/** Columns of extension elements: one for each chunk of messages, and their running sum; none of an AIR without messages. */
export function permutationColumns({ interactions }: Chip): number {
  if (interactions.length === 0) return 0;
  const degrees = interactions.map(({ message, multiplicity }) => ({
    ofMessage: Math.max(0, ...message.map(degreeOf)),
    ofCount: degreeOf(multiplicity),
  }));
  return messageChunks(degrees, MAX_DEGREE).length + 1;
}
