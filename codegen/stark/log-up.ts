// Which messages of an AIR share a column of the permutation trace.

import { MAX_DEGREE, type MessageDegrees, messageChunks } from '../chips/openvm/permutation.ts';
import { type AirNodes, nodeDegrees } from './nodes.ts';

/** Messages by column. */
export function interactionChunks(
  { nodes, interactions }: Pick<AirNodes, 'nodes' | 'interactions'>,
  maxDegree: number = MAX_DEGREE,
): readonly (readonly number[])[] {
  const degrees = nodeDegrees(nodes);
  const ofMessages = interactions.map(
    ({ message, count }): MessageDegrees => ({
      ofMessage: Math.max(0, ...message.map(node => degrees[node]!)),
      ofCount: degrees[count]!,
    }),
  );
  return messageChunks(ofMessages, maxDegree);
}
