// An executable's file, read once in a thread however many ask for it.

import { type Elf, parseElf } from '../../codegen/elf/elf.ts';

const known = new WeakMap<Uint8Array, Elf>();

/** @throws JitExecError where it is malformed. */
export function elfOf(bytes: Uint8Array, name: string): Elf {
  const elf = known.get(bytes) ?? parseElf(bytes, name);
  known.set(bytes, elf);
  return elf;
}
