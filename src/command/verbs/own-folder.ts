// A folder that a command fills: new, empty, or filled by the same command before.

import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';
import { makeFolder } from '../../planner/store/make-folder.ts';

/** What a file is called until it is whole. */
export const PARTIAL = '.partial';

export function unwritable(path: string, error: unknown): JitExecError {
  return new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
}

/** Makes the folder; gives the files in it. @throws USAGE where any is not the command's, which writes what `kind` says. */
export function ownFolder(directory: string, kind: string, isOurs: (name: string) => boolean): string[] {
  let names: string[];
  try {
    makeFolder(directory);
    names = readdirSync(directory);
  } catch (error) {
    throw unwritable(directory, error);
  }
  const other = names.find(name => !isOurs(name));
  if (other === undefined) return names;
  throw new JitExecError('USAGE', `--output: expected a new, empty or ${kind} folder, got ${other} in ${directory}`);
}

/** Writes a file of the folder so that it is there whole or not at all. Throws Node's error (ENOSPC, …). */
export function writeWhole(directory: string, name: string, data: Uint8Array | string): void {
  const partial = join(directory, name + PARTIAL);
  try {
    writeFileSync(partial, data);
    renameSync(partial, join(directory, name));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
