// From a path on the command line to a program.

import { type Guest, loadGuest, type MachineName } from '../machine/guest.ts';
import { readBytes } from './input.ts';

export type { MachineName } from '../machine/guest.ts';

/** For commands that look at a program without running it: also at one that SP1 would not load. */
export function loadFile(path: string, wanted: 'auto' | MachineName): Guest {
  return loadGuest(readBytes(path), path, wanted, { lenient: true });
}
