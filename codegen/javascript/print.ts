// Tree → text.
import { generate } from 'astring';
import type { Node } from 'estree';

export function print(node: Node): string {
  return generate(node, { indent: '  ' });
}
