// A folder with those above it, or the reason why not.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * As Node's own recursive mkdir, which tries for ever where a folder is there and refuses entries as if it were not (/proc). Throws
 * Node's error.
 */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw error;
    makeFolder(above, mode);
    // Somebody else may be making it too.
    makeFolder(path, mode);
  }
}
