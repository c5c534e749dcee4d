// Recorded answers of other tools, from test/vectors.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The lines of a recording without its header. */
export function recorded(name: string): readonly string[] {
  const text = gunzipSync(readFileSync(new URL(`../../vectors/${name}.txt.gz`, import.meta.url))).toString();
  return text
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('#'));
}
