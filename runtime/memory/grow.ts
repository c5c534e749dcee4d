// Growth of a WebAssembly memory to a size.

import { JitExecError } from '../errors.ts';
import { PAGE_BYTES } from '../layout.ts';
import type { WasmMemory } from './wasm-types.ts';

/** Makes the memory at least so large, and says whether it grew. Throws ENVIRONMENT with `refused` where the host has not so much. */
export function growTo(memory: WasmMemory, bytes: number, refused: (mebibytes: number) => string): boolean {
  const missing = Math.ceil(bytes / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES;
  if (missing <= 0) return false;
  try {
    memory.grow(missing);
  } catch (cause) {
    throw new JitExecError('ENVIRONMENT', refused(Math.ceil(bytes / 2 ** 20)), { cause });
  }
  return true;
}
