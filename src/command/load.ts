// From a path on the command line to a program.

import { type Guest, loadGuest, type MachineName } from '../machine/guest.ts';
import { readBytes } from './input.ts';

export type { MachineName } from '../machine/guest.ts';

export function loadFile(path: string, wanted: 'auto' | MachineName): Guest {
  return loadGuest(readBytes(path), path, wanted);
}
