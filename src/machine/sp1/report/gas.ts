// Gas of a run as SP1's executor estimates it: (3 × trace area + constraints) / 10, summed over chunks.
// Reference: sp1:crates/core/executor/src/vm/gas.rs, SP1 6.4.0, commit f66b4bff51d0ccff51d152e0f7f66b2ffedf3529.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import { CALL_SHAPES, type ChipName } from '../records/chips.ts';
import { chipOfOpcode, OPCODE_CHIPS } from '../records/opcode-chips.ts';

/** Entries after which SP1 starts the next chunk when it only estimates gas. */
export const GAS_CHUNK_ENTRIES = 134_217_728;

/**
 * How many constraints SP1 writes for a chip: rv64im_complexity.json in sp1:crates/core/executor/src/artifacts, without the chips
 * that an estimate has no rows of. Theirs, not a fold over the descriptions here, which say the same in other polynomials.
 */
const COMPLEXITY = {
  Add: 16,
  Addi: 15,
  Addw: 21,
  Sub: 16,
  Subw: 16,
  Bitwise: 20,
  Lt: 42,
  Mul: 61,
  DivRem: 348,
  ShiftLeft: 69,
  ShiftRight: 78,
  LoadByte: 32,
  LoadHalf: 33,
  LoadWord: 33,
  LoadDouble: 24,
  StoreByte: 32,
  StoreHalf: 27,
  StoreWord: 27,
  StoreDouble: 23,
  Branch: 49,
  UType: 19,
  Jal: 24,
  Jalr: 26,
  SyscallInstrs: 93,
  MemoryLocal: 4,
  Global: 216,
  SyscallCore: 2,
  MemoryBump: 5,
  StateBump: 8,
  ShaExtend: 80,
  ShaCompress: 300,
  EdAddAssign: 792,
  EdDecompress: 755,
  KeccakPermute: 2859,
  Secp256k1AddAssign: 918,
  Secp256k1DoubleAssign: 904,
  Secp256r1AddAssign: 918,
  Secp256r1DoubleAssign: 904,
  Bn254AddAssign: 918,
  Bn254DoubleAssign: 904,
  Bls12381AddAssign: 1374,
  Bls12381DoubleAssign: 1356,
  Uint256MulMod: 253,
  Uint256Ops: 297,
  Bls12381FpOpAssign: 317,
  Bls12381Fp2AddSubAssign: 615,
  Bls12381Fp2MulAssign: 994,
  Bn254FpOpAssign: 217,
  Bn254Fp2AddSubAssign: 415,
  Bn254Fp2MulAssign: 666,
  Poseidon2: 497,
} as const satisfies Partial<Record<ChipName, number>>;

type CountedChip = keyof typeof COMPLEXITY;

/** Tenths of gas of a row. */
const tenthsOf = (chip: CountedChip): number => 3 * AREA[chip] + COMPLEXITY[chip];

/** What an instruction's row, and the rows of a precompile call, come to: tenths of gas before it is scaled. */
export const GAS_TENTHS = {
  opcode(opcode: string): number {
    const chip = chipOfOpcode(opcode);
    return chip === undefined ? 0 : tenthsOf(chip as CountedChip);
  },
  /** Of any opcode. */
  most: Math.max(...OPCODE_CHIPS.map(chip => tenthsOf(chip as CountedChip))) as number,
  call(code: number): number {
    const shape = CALL_SHAPES.get(code);
    if (shape === undefined) return 0;
    const sent = shape.isRetained ? 0 : tenthsOf('Global') + tenthsOf('SyscallCore');
    return shape.rows * tenthsOf(shape.chip as CountedChip) + sent;
  },
};

/** What happened in one chunk. */
export interface ChunkUse {
  /** Instructions by SP1's opcode. */
  readonly opcodes: ReadonlyMap<string, number>;
  /** Precompile calls by code. */
  readonly precompiles: ReadonlyMap<number, number>;
  /** Doublewords and registers whose first access in the chunk was traced. */
  readonly locals: number;
  /** Changes of the clock's bits 24 and up. */
  readonly clockBumps: number;
  readonly stateBumps: number;
}

/** Gas of one chunk, to be summed before `normalizedGas`. Every factor is far below 2^53. */
export function gasOf({ opcodes, precompiles, locals, clockBumps, stateBumps }: ChunkUse): number {
  let tenths = locals * (tenthsOf('MemoryLocal') + 2 * tenthsOf('Global'));
  tenths += 32 * clockBumps * tenthsOf('MemoryBump') + stateBumps * tenthsOf('StateBump');
  for (const [opcode, n] of opcodes) tenths += n * GAS_TENTHS.opcode(opcode);
  for (const [code, n] of precompiles) tenths += n * GAS_TENTHS.call(code);
  return Math.floor(tenths / 10);
}

/** Gas as SP1's execution report shows it, from the sum over chunks (sp1:crates/core/executor/src/report.rs). */
export const normalizedGas = (sum: number): number => Math.floor((sum * 10) / 191);
