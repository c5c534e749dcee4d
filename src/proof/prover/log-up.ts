// What an AIR's messages become in the permutation trace: which of them share a column.

import { MAX_DEGREE, type MessageDegrees, messageChunks } from '../../../codegen/chips/openvm/permutation.ts';
import type { AirKey, KeyNode } from '../stark/key.ts';

/** Of each node: columns and the first and the last row's selector have 1, the transition's has 0. */
export function nodeDegrees(nodes: readonly KeyNode[]): number[] {
  const degrees: number[] = [];
  for (const node of nodes) degrees.push(degreeOf(node, degrees));
  return degrees;
}

function degreeOf(node: KeyNode, degrees: readonly number[]): number {
  switch (node[0]) {
    case 'm':
    case 'p':
    case 'a':
    case 'first':
    case 'last':
      return 1;
    case '+':
    case '-':
      return Math.max(degrees[node[1]]!, degrees[node[2]]!);
    case '*':
      return degrees[node[1]]! + degrees[node[2]]!;
    case 'neg':
      return degrees[node[1]]!;
    default:
      return 0;
  }
}

/** Messages by the column of the permutation trace that sums them up. */
export function interactionChunks(
  { nodes, interactions }: AirKey,
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

/** Chunks that a quotient of such constraints is cut into. */
export function quotientDegree({ nodes, constraints }: Pick<AirKey, 'nodes' | 'constraints'>): number {
  const degrees = nodeDegrees(nodes);
  const degree = constraints.reduce((most, node) => Math.max(most, degrees[node]!), 2);
  return 2 ** Math.ceil(Math.log2(degree - 1));
}

/** The nodes that some message, or how often it is sent, is made of. */
export function messageNodes({ nodes, interactions }: AirKey): ReadonlySet<number> {
  return reachableNodes(
    nodes,
    interactions.flatMap(({ count, message }) => [count, ...message]),
  );
}

/** These nodes, and those that they are made of. */
export function reachableNodes(nodes: readonly KeyNode[], from: readonly number[]): ReadonlySet<number> {
  const reached = new Set(from);
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!reached.has(i)) continue;
    for (const operand of operandsOf(nodes[i]!)) reached.add(operand);
  }
  return reached;
}

export function operandsOf(node: KeyNode): readonly number[] {
  switch (node[0]) {
    case '+':
    case '-':
    case '*':
      return [node[1], node[2]];
    case 'neg':
      return [node[1]];
    default:
      return [];
  }
}
