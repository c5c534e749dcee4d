// What splicing must know of SP1's chips: their order, the area of a row, and which chip has an instruction's or a call's rows.
// Reference: sp1:crates/core/executor/src/artifacts/rv64im_costs.json and sp1:crates/core/machine/src/riscv/mod.rs, SP1 6.4.0.

import type { Row } from '../../../../codegen/isa/index.ts';
import { writesRd } from '../../../../codegen/isa/summary.ts';
import { CALL } from '../abi.ts';
import { chipOfOpcode, chipOfSyscall, columnsOf, opcodeOf, RETAINED } from '../report/gas.ts';
import { PRECOMPILES } from '../syscalls/precompiles.ts';
import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';

/** Chips of a Supervisor program in the order of SP1's machine. */
export const CHIP_NAMES = [
  'Program',
  'ShaExtend',
  'ShaExtendControl',
  'ShaCompress',
  'ShaCompressControl',
  'EdAddAssign',
  'EdDecompress',
  'Secp256k1AddAssign',
  'Secp256k1DoubleAssign',
  'Secp256r1AddAssign',
  'Secp256r1DoubleAssign',
  'KeccakPermute',
  'KeccakPermuteControl',
  'Bn254AddAssign',
  'Bn254DoubleAssign',
  'Bls12381AddAssign',
  'Bls12381DoubleAssign',
  'Uint256MulMod',
  'Uint256Ops',
  'Bls12381FpOpAssign',
  'Bls12381Fp2MulAssign',
  'Bls12381Fp2AddSubAssign',
  'Bn254FpOpAssign',
  'Bn254Fp2MulAssign',
  'Bn254Fp2AddSubAssign',
  'Poseidon2',
  'SyscallCore',
  'SyscallPrecompile',
  'DivRem',
  'Add',
  'Addi',
  'Addw',
  'Sub',
  'Subw',
  'Bitwise',
  'Mul',
  'ShiftRight',
  'ShiftLeft',
  'Lt',
  'AluX0',
  'LoadByte',
  'LoadHalf',
  'LoadWord',
  'LoadDouble',
  'LoadX0',
  'StoreByte',
  'StoreHalf',
  'StoreWord',
  'StoreDouble',
  'UType',
  'Branch',
  'Jal',
  'Jalr',
  'SyscallInstrs',
  'MemoryBump',
  'StateBump',
  'MemoryGlobalInit',
  'MemoryGlobalFinalize',
  'MemoryLocal',
  'Global',
  'Byte',
  'Range',
] as const;
export type ChipName = (typeof CHIP_NAMES)[number];

/** What the gas estimate leaves out. */
const OTHER_COLUMNS: Readonly<Record<string, number>> = {
  Program: 17,
  Byte: 13,
  Range: 3,
  ShaExtendControl: 18,
  ShaCompressControl: 53,
  KeccakPermuteControl: 634,
  SyscallPrecompile: 10,
  AluX0: 34,
  LoadX0: 48,
  MemoryGlobalInit: 30,
  MemoryGlobalFinalize: 30,
};

/** Columns of a row, preprocessed ones included. */
export const AREA: Readonly<Record<ChipName, number>> = Object.fromEntries(
  CHIP_NAMES.map(name => [name, columnsOf(name) ?? OTHER_COLUMNS[name]!]),
) as Record<ChipName, number>;

/** Rows of the tables. */
export const BYTE_ROWS = 65_536;
export const RANGE_ROWS = 131_072;

export const ceil32 = (n: number): number => Math.ceil(n / 32) * 32;
export const trunc32 = (n: number): number => Math.floor(n / 32) * 32;

/** Rows of a chip with padding. */
export const paddedRows = (rows: number): number => Math.max(16, ceil32(rows));

/** The chip of an instruction. Operations whose result x0 takes have chips of their own. */
export function chipOf(row: Row, rd: number): ChipName {
  const { kind } = row.effect;
  const chip = chipOfOpcode(opcodeOf(row.mnemonic)) as ChipName;
  if (rd !== 0 || !writesRd(row) || kind === 'jump' || chip === 'UType') return chip;
  return kind === 'load' ? 'LoadX0' : 'AluX0';
}

/** What splicing and records must know of a precompile. */
export interface CallShape {
  readonly name: string;
  readonly chip: ChipName;
  readonly rows: number;
  /** A chip with one row a call besides. */
  readonly control: ChipName | undefined;
  /** Its rows are in the shard of the caller; those of others in shards of their own. */
  readonly isRetained: boolean;
  /** The code under which its events are kept: sums, differences and products of a field together. */
  readonly filedUnder: number;
  /** Distinct doublewords that it accesses. */
  readonly touched: number;
}

function filedUnder(name: string, code: number): number {
  const family = /^(BLS12381|BN254)_(FP2_SUB|FP_SUB|FP_MUL)$/.exec(name);
  if (family === null) return code;
  const first = `${family[1]}_${family[2] === 'FP2_SUB' ? 'FP2' : 'FP'}_ADD`;
  return PRECOMPILES.find(p => p.name === first)!.code;
}

function touchedBy(code: number): number {
  if (code === CALL.shaExtend) return 64;
  const { accesses } = PRECOMPILES.find(p => p.code === code)!;
  const ranges = new Map(accesses.map(a => [`${a.pointer} ${a.offset}`, a.granules]));
  return [...ranges.values()].reduce((sum, n) => sum + n, 0);
}

function shapeOf(code: number): CallShape {
  const name = SYSCALL_NAMES.get(code)!;
  const [chip, rows] = chipOfSyscall(name);
  return {
    name,
    chip: chip as ChipName,
    rows,
    control: rows > 1 ? (`${chip}Control` as ChipName) : undefined,
    isRetained: RETAINED.test(name),
    filedUnder: filedUnder(name, code),
    touched: touchedBy(code),
  };
}

/** By code. */
export const CALL_SHAPES: ReadonlyMap<number, CallShape> = new Map(
  [CALL.shaExtend, ...PRECOMPILES.map(({ code }) => code)].map(code => [code, shapeOf(code)]),
);
