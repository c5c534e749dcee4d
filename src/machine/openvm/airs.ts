// The AIRs of OpenVM's RV32IM machine with continuations, by their number, and what a row of each costs.
// Reference: openvm:crates/vm/src/arch/vm.rs (order), v1.4.0; widths are those of its keygen.

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
  [0x000, undefined],
  [0x001, 'Phantom'],
  [0x002, undefined],
  [0x200, 'BaseAlu'],
  [0x205, 'Shift'],
  [0x208, 'LessThan'],
  [0x210, 'LoadStore'],
  [0x216, 'LoadSignExtend'],
  [0x220, 'BranchEqual'],
  [0x225, 'BranchLessThan'],
  [0x230, 'JalLui'],
  [0x235, 'Jalr'],
  [0x240, 'Auipc'],
  [0x250, 'Mul'],
  [0x251, 'MulH'],
  [0x254, 'DivRem'],
  [0x260, 'HintStore'],
];

/** The AIR whose rows instructions of an opcode become. */
export const airOfOpcode = (opcode: number): RecordedAir | undefined =>
  FIRST_OPCODE.findLast(([first]) => first <= opcode)?.[1];
