// Folded stacks: a line for each stack, its functions from the outermost on, and its own weight. What flame graph tools read.

import type { CallTree } from '../call-tree.ts';

/** What may not stand in a name there. */
const cleaned = (name: string): string => name.replace(/[;\n\r]/g, ',');

/** As other profilers mark them, and flame graph tools colour them. */
const INLINED = '_[i]';

/** The weights of all lines come to that of the run. */
export function foldedStacks({ nodes }: CallTree): string {
  const paths: string[] = [];
  const weights = new Map<string, number>();
  for (const { parent, name, self, inlined } of nodes) {
    const shown = `${cleaned(name)}${inlined === true ? INLINED : ''}`;
    const path = parent < 0 ? shown : `${paths[parent]};${shown}`;
    paths.push(path);
    if (self > 0) weights.set(path, (weights.get(path) ?? 0) + self);
  }
  return [...weights].map(([path, weight]) => `${path} ${weight}\n`).join('');
}
