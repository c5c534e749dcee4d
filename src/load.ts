// From a path on the command line to a program.

import { type Guest, loadGuest, type MachineName } from './guest.ts';
import { readBytes } from './input.ts';

export type { MachineName } from './guest.ts';

export function loadFile(path: string, wanted: 'auto' | MachineName): Guest {
  return loadGuest(readBytes(path), path, wanted);
}
