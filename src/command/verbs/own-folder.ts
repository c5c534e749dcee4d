// A folder that a command fills: new, empty, or filled by the same command before.

import { mkdirSync, readdirSync } from 'node:fs';
import { JitExecError } from '../../../runtime/errors.ts';

export function unwritable(path: string, error: unknown): JitExecError {
  return new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
}

/** Makes the folder; gives the files in it. @throws USAGE where any is not the command's, which writes what `kind` says. */
export function ownFolder(directory: string, kind: string, isOurs: (name: string) => boolean): string[] {
  let names: string[];
  try {
    mkdirSync(directory, { recursive: true });
    names = readdirSync(directory);
  } catch (error) {
    throw unwritable(directory, error);
  }
  const other = names.find(name => !isOurs(name));
  if (other === undefined) return names;
  throw new JitExecError('USAGE', `--output: expected a new, empty or ${kind} folder, got ${other} in ${directory}`);
}
