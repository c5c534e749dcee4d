// A file that a command was asked to write: there whole, or as it was before.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { JitExecError } from '../../../runtime/errors.ts';

/** @throws FILE_UNWRITABLE. */
export function writeResult(path: string, data: Uint8Array | string): void {
  const partial = `${path}.${process.pid}.partial`;
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  try {
    const file = openSync(partial, 'w');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}
