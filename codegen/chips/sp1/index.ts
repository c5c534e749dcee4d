// The chips of SP1's Supervisor machine, in the machine's order: rows of Global follow it.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import { JitExecError } from '../../../runtime/errors.ts';
import type { Chip } from '../chip.ts';
import { global } from './global.ts';
import { add, addi, addw, aluX0, bitwise, lt, sub, subw } from './instructions/alu.ts';
import { branch, jal, jalr, utype } from './instructions/control.ts';
import { divRem } from './instructions/divrem.ts';
import { loadByte, loadDouble, loadHalf, loadWord, loadX0 } from './instructions/load.ts';
import { mul } from './instructions/mul.ts';
import { shiftLeft, shiftRight } from './instructions/shift.ts';
import { storeByte, storeDouble, storeHalf, storeWord } from './instructions/store.ts';
import { memoryGlobalFinalize, memoryGlobalInit } from './memory-global.ts';
import { PRECOMPILE_CHIPS } from './precompiles/index.ts';
import { memoryBump, memoryLocal, stateBump } from './shard.ts';
import { syscallCore, syscallInstrs, syscallPrecompile } from './system.ts';
import { byte, program, range } from './tables.ts';

export const SP1_CHIPS: readonly Chip[] = [
  program,
  ...PRECOMPILE_CHIPS,
  ...[syscallCore, syscallPrecompile],
  ...[divRem, add, addi, addw, sub, subw, bitwise, mul, shiftRight, shiftLeft, lt, aluX0],
  ...[loadByte, loadHalf, loadWord, loadDouble, loadX0],
  ...[storeByte, storeHalf, storeWord, storeDouble],
  ...[utype, branch, jal, jalr, syscallInstrs],
  ...[memoryBump, stateBump, memoryGlobalInit, memoryGlobalFinalize, memoryLocal, global],
  ...[byte, range],
];

const BY_NAME: ReadonlyMap<string, Chip> = new Map(SP1_CHIPS.map(chip => [chip.name, chip]));

/** The chip of that name, by upstream's names. */
export function sp1Chip(name: string): Chip {
  const chip = BY_NAME.get(name);
  if (chip === undefined) throw new JitExecError('ELF_UNSUPPORTED', `trace: rows of SP1's chip ${name} cannot be made`);
  return chip;
}
