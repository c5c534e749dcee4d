// The AIRs of OpenVM's RV32IM machine, in the order of its key. Reference: openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import type { Chip } from '../chip.ts';
import { baseAlu, lessThanChip } from './alu.ts';
import { branchEqual, branchLessThan } from './branch.ts';
import { divRem } from './divrem.ts';
import { hintStore } from './hint-store.ts';
import { auipc, jalLui, jalr } from './jump.ts';
import { loadSignExtend } from './load-sign-extend.ts';
import { loadStore } from './load-store.ts';
import { ADAPTER_SIZES, accessAdapter, boundary, merkle } from './memory-tree.ts';
import { mul, mulH } from './mul.ts';
import { poseidon2 } from './poseidon2.ts';
import { shift } from './shift.ts';
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
