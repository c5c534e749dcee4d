// Address space for a memory that threads share.

import { JitExecError } from '../errors.ts';
import { PAGE_BYTES } from '../layout.ts';
import type { WasmMemory } from './wasm-types.ts';

/** A shared WebAssembly memory. @throws JitExecError ENVIRONMENT where the host has no address space for it. */
export function sharedMemory(what: string, pages: number, maximum: number = pages): WasmMemory {
  return reserved(what, maximum * PAGE_BYTES, () => new WebAssembly.Memory({ initial: pages, maximum, shared: true }));
}

/** V8 of Node 20 to 24 guards a memory of 32-bit addresses with 10 GiB, so that no access needs a test. */
const GUARD = 'V8 takes some 10 GiB of address space for each WebAssembly memory and touches little of it';

/** What `make` gives. @throws JitExecError ENVIRONMENT where the host refuses the bytes. */
export function reserved<T>(what: string, bytes: number, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const mebibytes = Math.ceil(bytes / 2 ** 20);
    const message = `${what}: the host refused ${mebibytes} MiB of address space (${GUARD}); raise the limit (ulimit -v)`;
    throw new JitExecError('ENVIRONMENT', message, { cause });
  }
}
