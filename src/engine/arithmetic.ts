// The 64-bit operators that JavaScript numbers lack: from WebAssembly where the host has it.

import { arithmeticModule } from '../../codegen/kernels/arithmetic.ts';
import { type Arithmetic64, arithmetic64 } from '../../runtime/arithmetic.ts';
import { instantiate } from '../../runtime/instantiate.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';

/** Of 32-bit guests, whose text has no such operators. */
export const NO_ARITHMETIC: Readonly<Record<keyof Arithmetic64, undefined>> = {
  mulhU64: undefined,
  mulhS64: undefined,
  mulhSU64: undefined,
  divU64: undefined,
  remU64: undefined,
  divS64: undefined,
  remS64: undefined,
};

/** Compiled once per size of memory: instances of a module share its code. */
const modules = new Map<number, WebAssembly.Module>();

/** Functions that leave high words in the memory's control page. */
export function makeArithmetic(memory: GuestMemory): Arithmetic64 {
  if (memory.wasm === undefined) return arithmetic64(memory.control);
  const { pages } = memory.arena;
  let module = modules.get(pages);
  if (module === undefined) {
    module = new WebAssembly.Module(arithmeticModule(pages));
    modules.set(pages, module);
  }
  return instantiate('arithmetic', module, { memory: memory.wasm });
}
