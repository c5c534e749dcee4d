// The chips of SP1's Supervisor machine, in the machine's order: rows of Global follow it.
// Reference: sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import { JitExecError } from '../../../runtime/errors.ts';
import type { Chip } from '../chip.ts';
import { globalChip } from './global.ts';
import { addChip, addiChip, addwChip, aluX0Chip, bitwiseChip, ltChip, subChip, subwChip } from './instructions/alu.ts';
import { branchChip, jalChip, jalrChip, utypeChip } from './instructions/control.ts';
import { divRemChip } from './instructions/divrem.ts';
import { loadByteChip, loadDoubleChip, loadHalfChip, loadWordChip, loadX0Chip } from './instructions/load.ts';
import { mulChip } from './instructions/mul.ts';
import { shiftLeftChip, shiftRightChip } from './instructions/shift.ts';
import { storeByteChip, storeDoubleChip, storeHalfChip, storeWordChip } from './instructions/store.ts';
import { memoryGlobalFinalizeChip, memoryGlobalInitChip } from './memory-global.ts';
import { PRECOMPILE_CHIPS } from './precompiles/index.ts';
import { memoryBumpChip, memoryLocalChip, stateBumpChip } from './shard.ts';
import { syscallCoreChip, syscallInstrsChip, syscallPrecompileChip } from './system.ts';
import { byteChip, programChip, rangeChip } from './tables.ts';

export const SP1_CHIPS: readonly Chip[] = [
  programChip,
  ...PRECOMPILE_CHIPS,
  ...[syscallCoreChip, syscallPrecompileChip],
  ...[
    divRemChip,
    addChip,
    addiChip,
    addwChip,
    subChip,
    subwChip,
    bitwiseChip,
    mulChip,
    shiftRightChip,
    shiftLeftChip,
    ltChip,
    aluX0Chip,
  ],
  ...[loadByteChip, loadHalfChip, loadWordChip, loadDoubleChip, loadX0Chip],
  ...[storeByteChip, storeHalfChip, storeWordChip, storeDoubleChip],
  ...[utypeChip, branchChip, jalChip, jalrChip, syscallInstrsChip],
  ...[memoryBumpChip, stateBumpChip, memoryGlobalInitChip, memoryGlobalFinalizeChip, memoryLocalChip, globalChip],
  ...[byteChip, rangeChip],
];

const BY_NAME: ReadonlyMap<string, Chip> = new Map(SP1_CHIPS.map(chip => [chip.name, chip]));

/** The chip of that name, by upstream's names. */
export function sp1Chip(name: string): Chip {
  const chip = BY_NAME.get(name);
  if (chip === undefined) throw new JitExecError('ELF_UNSUPPORTED', `trace: rows of SP1's chip ${name} cannot be made`);
  return chip;
}
