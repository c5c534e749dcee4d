// The AIRs of OpenVM's RV32IM machine, in the order of its key. Reference: openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import type { Chip } from '../chip.ts';
import { baseAluChip, lessThanChip } from './instructions/alu.ts';
import { branchEqualChip, branchLessThanChip } from './instructions/branch.ts';
import { divRemChip } from './instructions/divrem.ts';
import { hintStoreChip } from './instructions/hint-store.ts';
import { auipcChip, jalLuiChip, jalrChip } from './instructions/jump.ts';
import { loadSignExtendChip } from './instructions/load-sign-extend.ts';
import { loadStoreChip } from './instructions/load-store.ts';
import { mulChip, mulHChip } from './instructions/mul.ts';
import { shiftChip } from './instructions/shift.ts';
import { ADAPTER_SIZES, accessAdapter, boundaryChip, merkleChip } from './memory-tree.ts';
import { poseidon2Chip } from './poseidon2.ts';
import { connectorChip, phantomChip, programChip } from './system.ts';
import { bitwiseChip, rangeTupleChip, varRangeChip } from './tables.ts';

export const OPENVM_CHIPS: readonly Chip[] = [
  ...[programChip, connectorChip, boundaryChip, merkleChip, ...ADAPTER_SIZES.map(accessAdapter)],
  ...[
    divRemChip,
    mulHChip,
    mulChip,
    rangeTupleChip,
    hintStoreChip,
    auipcChip,
    jalrChip,
    jalLuiChip,
    branchLessThanChip,
    branchEqualChip,
  ],
  ...[
    loadSignExtendChip,
    loadStoreChip,
    shiftChip,
    lessThanChip,
    baseAluChip,
    bitwiseChip,
    phantomChip,
    poseidon2Chip,
    varRangeChip,
  ],
];

const BY_NAME: ReadonlyMap<string, Chip> = new Map(OPENVM_CHIPS.map(chip => [chip.name, chip]));

/** The AIR of that name. */
export const openVmChip = (name: string): Chip => BY_NAME.get(name)!;
