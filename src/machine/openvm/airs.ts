// The AIRs of OpenVM's RV32IM machine with continuations, by their number, and what a row of each costs: a fold of their
// descriptions. Reference: openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import type { Chip } from '../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS, SLOT_OF } from '../../../codegen/chips/openvm/lookups.ts';
import { permutationColumns } from '../../../codegen/chips/openvm/permutation.ts';
import { OPENVM_OPCODE } from '../../../runtime/openvm/opcodes.ts';
import type { RecordedAir } from '../../../runtime/openvm/records.ts';

export type AirName =
  | RecordedAir
  | 'Program'
  | 'Connector'
  | 'Boundary'
  | 'Merkle'
  | `Adapter${2 | 4 | 8 | 16 | 32}`
  | 'RangeTuple'
  | 'Bitwise'
  | 'Poseidon2'
  | 'VarRange';

export interface AirSize {
  readonly name: AirName;
  /** Cells of a row: preprocessed, main and, four for each extension element, permutation columns. */
  readonly width: number;
  readonly interactions: number;
  /** Of those with a preprocessed trace. */
  readonly fixedRows?: number;
}

/** Rows of preprocessed traces. */
const FIXED_ROWS: Readonly<Partial<Record<AirName, number>>> = {
  Connector: 2,
  RangeTuple: OPENVM_SLOTS - SLOT_OF.tuple,
  Bitwise: SLOT_OF.xor - SLOT_OF.bytes,
  VarRange: SLOT_OF.tuple - SLOT_OF.range,
};

/** Words of an extension element. */
const EXTENSION_WORDS = 4;

function airOf(chip: Chip): AirSize {
  const name = chip.name as AirName;
  const fixedRows = FIXED_ROWS[name];
  return {
    name,
    width: chip.columns.length + EXTENSION_WORDS * permutationColumns(chip),
    interactions: chip.interactions.length,
    ...(fixedRows !== undefined && { fixedRows }),
  };
}

export const AIRS: readonly AirSize[] = OPENVM_CHIPS.map(airOf);

export const AIR_ID: Readonly<Record<AirName, number>> = Object.fromEntries(
  AIRS.map(({ name }, id) => [name, id]),
) as Record<AirName, number>;

/** Heights by the number of the AIR. */
export function heightsById(heights: Readonly<Record<string, number>>): number[] {
  const byId = new Array<number>(AIRS.length).fill(0);
  for (const [name, rows] of Object.entries(heights)) byId[AIR_ID[name as AirName]] = rows;
  return byId;
}

/** The first opcode of each AIR of instructions; of TERMINATE and of what is no opcode there is none. */
const FIRST_OPCODE: readonly (readonly [first: number, name: RecordedAir | undefined])[] = [
  [OPENVM_OPCODE.TERMINATE, undefined],
  [OPENVM_OPCODE.PHANTOM, 'Phantom'],
  [OPENVM_OPCODE.PHANTOM + 1, undefined],
  [OPENVM_OPCODE.ADD, 'BaseAlu'],
  [OPENVM_OPCODE.SLL, 'Shift'],
  [OPENVM_OPCODE.SLT, 'LessThan'],
  [OPENVM_OPCODE.LOADW, 'LoadStore'],
  [OPENVM_OPCODE.LOADB, 'LoadSignExtend'],
  [OPENVM_OPCODE.BEQ, 'BranchEqual'],
  [OPENVM_OPCODE.BLT, 'BranchLessThan'],
  [OPENVM_OPCODE.JAL, 'JalLui'],
  [OPENVM_OPCODE.JALR, 'Jalr'],
  [OPENVM_OPCODE.AUIPC, 'Auipc'],
  [OPENVM_OPCODE.MUL, 'Mul'],
  [OPENVM_OPCODE.MULH, 'MulH'],
  [OPENVM_OPCODE.DIV, 'DivRem'],
  [OPENVM_OPCODE.HINT_STOREW, 'HintStore'],
];

/** The AIR whose rows instructions of an opcode become. */
export const airOfOpcode = (opcode: number): RecordedAir | undefined =>
  FIRST_OPCODE.findLast(([first]) => first <= opcode)?.[1];
