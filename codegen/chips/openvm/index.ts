// The AIRs of OpenVM's RV32IM machine, in the order of its key. Reference: openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import type { Chip } from '../chip.ts';
import { baseAlu, lessThanChip } from './instructions/alu.ts';
import { branchEqual, branchLessThan } from './instructions/branch.ts';
import { divRem } from './instructions/divrem.ts';
import { hintStore } from './instructions/hint-store.ts';
import { auipc, jalLui, jalr } from './instructions/jump.ts';
import { loadSignExtend } from './instructions/load-sign-extend.ts';
import { loadStore } from './instructions/load-store.ts';
import { mul, mulH } from './instructions/mul.ts';
import { shift } from './instructions/shift.ts';
import { ADAPTER_SIZES, accessAdapter, boundary, merkle } from './memory-tree.ts';
import { poseidon2 } from './poseidon2.ts';
import { connector, phantom, program } from './system.ts';
import { bitwise, rangeTuple, varRange } from './tables.ts';

export const OPENVM_CHIPS: readonly Chip[] = [
  ...[program, connector, boundary, merkle, ...ADAPTER_SIZES.map(accessAdapter)],
  ...[divRem, mulH, mul, rangeTuple, hintStore, auipc, jalr, jalLui, branchLessThan, branchEqual],
  ...[loadSignExtend, loadStore, shift, lessThanChip, baseAlu, bitwise, phantom, poseidon2, varRange],
];

const BY_NAME: ReadonlyMap<string, Chip> = new Map(OPENVM_CHIPS.map(chip => [chip.name, chip]));

/** The AIR of that name. */
export const openVmChip = (name: string): Chip => BY_NAME.get(name)!;
