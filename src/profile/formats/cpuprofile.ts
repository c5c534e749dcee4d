// V8's .cpuprofile, as Chrome's and VS Code's performance views read it: an instruction is told as a microsecond.
// Reference: Chrome DevTools Protocol, type Profiler.Profile.

import type { CallTree } from '../call-tree.ts';

export function cpuProfile({ nodes }: CallTree): string {
  const children = nodes.map((): number[] => []);
  nodes.forEach(({ parent }, i) => {
    if (parent >= 0) children[parent]!.push(i + 1);
  });
  const sampled = nodes.flatMap(({ self }, i) => (self > 0 ? [i] : []));
  const total = nodes.reduce((sum, { self }) => sum + self, 0);
  return JSON.stringify({
    nodes: nodes.map(({ name, source, self }, i) => ({
      id: i + 1,
      callFrame: {
        functionName: name,
        scriptId: '0',
        url: source?.file ?? '',
        lineNumber: source === undefined ? -1 : source.line - 1,
        columnNumber: -1,
      },
      hitCount: self > 0 ? 1 : 0,
      children: children[i]!,
    })),
    startTime: 0,
    endTime: total,
    // A sample lasts until the next one, so the last is there twice: speedscope does not look at the end.
    samples: [...sampled, ...sampled.slice(-1)].map(i => i + 1),
    timeDeltas: [0, ...sampled.map(i => nodes[i]!.self)].slice(0, sampled.length === 0 ? 0 : undefined),
  });
}
