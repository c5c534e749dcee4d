// A file without a name, which goes with the process however that ends.

import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Open for reading and writing, in all threads. Throws Node's error (ENOSPC, EACCES, …). */
export function temporaryFile(directory: string): { readonly file: number; readonly close: () => void } {
  const path = join(directory, `spill-${process.pid}-${Date.now()}.partial`);
  const file = openSync(path, 'w+', 0o600);
  const unlink = (): void => {
    try {
      unlinkSync(path);
    } catch {
      // Gone already, or the system removes no open file: then it goes when it is closed.
    }
  };
  unlink();
  return {
    file,
    close() {
      closeSync(file);
      unlink();
    },
  };
}
