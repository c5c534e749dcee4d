// What Firefox's former performance panel saved, which speedscope knows Firefox's profiles by: a sample where a stack begins, frames
// as "name (file:line)".

import type { CallTree } from '../call-tree.ts';

/** Weights of a millisecond. */
const PER_MILLISECOND = 1000;

/** Fields beside those of a processed profile, whose reader leaves them alone. `file` is where frames without a source line are. */
export function firefoxRecording({ nodes }: CallTree, file: string): object {
  const data: [stack: number | null, time: number][] = [];
  let end = 0;
  for (const [i, { self }] of nodes.entries()) {
    if (self === 0) continue;
    data.push([i, end / PER_MILLISECOND]);
    end += self;
  }
  data.push([null, end / PER_MILLISECOND]);
  const places = nodes.map(
    ({ name, source }) => `${name} (${source === undefined ? file : `${source.file}:${source.line}`})`,
  );
  const strings = [...new Set(places)];
  const indices = new Map(strings.map((text, i) => [text, i]));
  const thread = {
    name: 'GeckoMain',
    samples: { data },
    stackTable: { data: nodes.map(({ parent }, i) => [parent < 0 ? null : parent, i]) },
    frameTable: { data: places.map(text => [indices.get(text)]) },
    stringTable: strings,
  };
  return { systemHost: { name: 'Firefox' }, duration: end / PER_MILLISECOND, profile: { threads: [thread] } };
}
