// Folders are made with those above them; where the system lets none be made, that is an error at once.

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderFiles } from '../../src/planner/store/folder.ts';
import { makeFolder } from '../../src/planner/store/make-folder.ts';

it('is there with those above it, or not at all', () => {
  const root = mkdtempSync(join(tmpdir(), 'jit-exec-folder-'));
  try {
    const path = join(root, 'a/b/c');
    makeFolder(path, 0o700);
    makeFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(root, 'file'), '');
    expect(() => makeFolder(join(root, 'file/a/b'))).toThrow('ENOTDIR');
  } finally {
    rmSync(root, { recursive: true });
  }
});

it.runIf(existsSync('/proc/self'))('fails at once where entries are refused as if their folder were not there', () => {
  // Node's recursive mkdir never comes back.
  expect(() => makeFolder('/proc/jit-exec/store')).toThrow('ENOENT');
  expect(() => folderFiles('/proc/jit-exec').write('a/b', new Uint8Array(1))).toThrow('cannot write a/b');
});
