// The memory that all modules of a prover work on.

import type { ModuleWriter } from '../wasm/binary/module.ts';

/** Pages of 64 KiB that a memory of 32-bit addresses has at most. */
export const MAX_PAGES = 65_536;

/** Imports `host.memory`, shared, of any size. */
export function importAnyMemory(module: ModuleWriter): void {
  module.importMemory('host', 'memory', { min: 1, max: MAX_PAGES, shared: true });
}
