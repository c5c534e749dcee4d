// The 64-bit operators that JavaScript numbers lack: from WebAssembly where the host has it.

import { arithmeticModule } from '../../codegen/kernels/arithmetic.ts';
import { type Arithmetic64, arithmetic64 } from '../../runtime/arithmetic.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';

/** Compiled once per size of memory: instances of a module share its code. */
const modules = new Map<number, WebAssembly.Module>();

/** Functions that leave high words in the memory's control page. */
export function makeArithmetic(memory: GuestMemory): Arithmetic64 {
  if (memory.wasm === undefined) return arithmetic64(memory.control);
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  let module = modules.get(pages);
  if (module === undefined) {
    module = new WebAssembly.Module(arithmeticModule(pages));
    modules.set(pages, module);
  }
  const { exports } = new WebAssembly.Instance(module, { host: { memory: memory.wasm } });
  return exports as unknown as Arithmetic64;
}
