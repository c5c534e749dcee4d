// A store's files in a folder, which may be shared.

import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';
import type { StoreFiles } from './files.ts';
import { makeFolder } from './make-folder.ts';

/** @throws FILE_UNWRITABLE, FILE_UNREADABLE. */
export function folderFiles(folder: string): StoreFiles {
  const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!);
  const reading = <T>(path: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new JitExecError('FILE_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
  };
  const writing = (path: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    digest: bytes => createHash('sha256').update(bytes).digest('hex'),
    read: path => reading(path, () => new Uint8Array(readFileSync(join(folder, path)))),
    write: (path, bytes) => writing(path, () => writeSynced(join(folder, path), bytes)),
    rename: (from, to) =>
      writing(to, () => {
        makeFolder(dirname(join(folder, to)));
        renameSync(join(folder, from), join(folder, to));
      }),
    list: below => {
      const root = join(folder, below);
      const entries = reading(root, () => readdirSync(root, { recursive: true, withFileTypes: true })) ?? [];
      const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
      return files.map(path => relative(folder, path).replaceAll('\\', '/')).sort();
    },
    remove: path => writing(path, () => rmSync(join(folder, path), { force: true })),
  };
}

/** Whole and on the disk, or not there. */
function writeSynced(path: string, bytes: Uint8Array): void {
  makeFolder(dirname(path));
  try {
    const file = openSync(path, 'w');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}
