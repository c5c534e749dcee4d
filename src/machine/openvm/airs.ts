// The AIRs of OpenVM's RV32IM machine with continuations, by their number, and what a row of each costs.
// Reference: openvm:crates/vm/src/arch/vm.rs (order), v1.4.0; widths are those of its keygen.

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

export interface Air {
  readonly name: AirName;
  /** Cells of a row: preprocessed, main and, four for each extension element, permutation columns. */
  readonly width: number;
  readonly interactions: number;
  /** Of those with a preprocessed trace. */
  readonly fixedRows?: number;
}

const air = (name: AirName, width: number, interactions: number, fixedRows?: number): Air => ({
  name,
  width,
  interactions,
  ...(fixedRows !== undefined && { fixedRows }),
});

export const AIRS: readonly Air[] = [
  air('Program', 18, 1),
  air('Connector', 22, 5, 2),
  air('Boundary', 32, 3),
  air('Merkle', 48, 4),
  air('Adapter2', 27, 5),
  air('Adapter4', 29, 5),
  air('Adapter8', 33, 5),
  air('Adapter16', 41, 5),
  air('Adapter32', 57, 5),
  air('DivRem', 131, 25),
  air('MulH', 111, 24),
  air('Mul', 83, 19),
  air('RangeTuple', 11, 1, 524288),
  air('HintStore', 76, 18),
  air('Auipc', 48, 12),
  air('Jalr', 64, 16),
  air('JalLui', 46, 10),
  air('BranchLessThan', 64, 13),
  air('BranchEqual', 54, 11),
  air('LoadSignExtend', 88, 18),
  air('LoadStore', 93, 17),
  air('Shift', 105, 24),
  air('LessThan', 77, 18),
  air('BaseAlu', 88, 20),
  air('Bitwise', 13, 2, 65536),
  air('Phantom', 18, 3),
  air('Poseidon2', 308, 1),
  air('VarRange', 11, 1, 262144),
];

export const AIR_ID: Readonly<Record<AirName, number>> = Object.fromEntries(
  AIRS.map(({ name }, id) => [name, id]),
) as Record<AirName, number>;

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
