// What the arm of a condition consists of.

import type { Structured } from '../../region/structure.ts';

export const isEmpty = (node: Structured): boolean =>
  node.kind === 'fall' || (node.kind === 'seq' && node.body.every(child => isEmpty(child)));

/** The label of the jump that is all there is. */
export function loneJump(node: Structured): number | undefined {
  if (node.kind === 'jump') return node.label;
  if (node.kind !== 'seq') return undefined;
  const rest = node.body.filter(child => !isEmpty(child));
  return rest.length === 1 ? loneJump(rest[0]!) : undefined;
}
